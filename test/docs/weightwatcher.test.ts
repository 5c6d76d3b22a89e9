import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { columns } from "../../lib/analysis/columns.ts";
import { analyzeCommand } from "../../lib/cli/analyze.ts";
import { distancesCommand } from "../../lib/cli/distances.ts";
import { removeCommand, smoothCommand } from "../../lib/cli/edit.ts";
import { inspectCommand } from "../../lib/cli/inspect.ts";
import { screenCommand } from "../../lib/cli/screen.ts";
import * as face from "../../lib/index.ts";
import { goldenCases } from "../helpers/golden.ts";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/weightwatcher.md", root), "utf8");

/** Distinct first groups of all matches. */
function mentioned(pattern: RegExp): string[] {
  return [...new Set([...page.matchAll(pattern)].map(([, name]) => name!))];
}

/** Names in the first cells of the table under a heading. */
function tabled(heading: string): string[] {
  const section = page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`))!;
  const cells = section.split("\n").filter((line) => line.startsWith("| `"));
  return cells.flatMap((line) => [...line.split(" | ")[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

describe("docs/weightwatcher.md", () => {
  test.each([
    ["Kept", true],
    ["Added", false],
  ])("%s: each such column once", (heading, weightwatcher) => {
    const expected = columns.filter((column) => column.weightwatcher === weightwatcher);
    expect(tabled(heading).sort()).toEqual(expected.map(({ name }) => name).sort());
  });

  test("every option it mentions exists", () => {
    const commands = [
      analyzeCommand,
      distancesCommand,
      inspectCommand,
      removeCommand,
      screenCommand,
      smoothCommand,
    ];
    const options = commands.flatMap((command) => command().options);
    const names = mentioned(/(?<![\w-])(--[a-z][a-z-]*)/g);
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !options.some(({ long }) => long === name))).toEqual([]);
  });

  test("every function it writes with () is exported", () => {
    const names = mentioned(/`(\w+)\(\)`/g);
    expect(names.length).toBeGreaterThan(10);
    const exported = new Map<string, unknown>(Object.entries(face));
    expect(names.filter((name) => typeof exported.get(name) !== "function")).toEqual([]);
  });

  test("every test and recorded matrix it names exists", () => {
    const tests = mentioned(/`(test\/[\w/.-]+)`/g);
    expect(tests.length).toBeGreaterThan(4);
    expect(tests.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
    const recorded = ["nan_60x40", ...goldenCases.map(({ name }) => name)];
    const matrices = mentioned(/`([a-z]\w*_\d+(?:x\d+)*)`/g);
    expect(matrices.length).toBeGreaterThan(8);
    expect(matrices.filter((name) => !recorded.includes(name))).toEqual([]);
    expect(page).toContain(`The tool's answers to ${goldenCases.length} matrices`);
  });
});
