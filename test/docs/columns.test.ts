import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { columns } from "../../lib/analysis/columns.ts";

const page = readFileSync(new URL("../../docs/columns.md", import.meta.url), "utf8");
/** Names in the first cell of a table's row. */
const documented = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((line) => [...line.split(" | ")[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
const reasons = readFileSync(new URL("../../lib/spectrum/reason.ts", import.meta.url), "utf8");
const reasonNames = [...reasons.matchAll(/^ {2}\| "(\w+)"/gm)].map(([, name]) => name!);

test("docs/columns.md explains every column and reason, and nothing else", () => {
  expect(reasonNames.length).toBeGreaterThan(5);
  expect([...new Set(documented)].sort()).toEqual(
    [...columns.map(({ name }) => name), ...reasonNames].sort(),
  );
});
