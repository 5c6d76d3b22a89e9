import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { largestError } from "../../lib/bench/solvers.ts";
import { entry, readSuite } from "../../lib/bench/suite.ts";
import { root } from "../helpers/command.ts";

const folder = mkdtempSync(join(tmpdir(), "spectrap-suite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function suite(content: unknown): string {
  const file = join(folder, "suite.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

test("lists stand for their combinations, and rows are 2n where W matters", () => {
  const file = suite({
    matrices: [
      { kind: ["gauss", "identity"], n: [8, 16] },
      { kind: "mxfp4", n: 32, rows: [32, 96] },
    ],
  });
  expect(readSuite(file)).toEqual([
    { kind: "gauss", n: 8, rows: 16 },
    { kind: "gauss", n: 16, rows: 32 },
    { kind: "identity", n: 8, rows: 8 },
    { kind: "identity", n: 16, rows: 16 },
    { kind: "mxfp4", n: 32, rows: 32 },
    { kind: "mxfp4", n: 32, rows: 96 },
  ]);
});

test("the suite of the repository can be read", () => {
  expect(readSuite(join(root, "bench/solvers.json")).length).toBeGreaterThan(10);
});

test.each([
  ["no JSON", "{"],
  ["no matrices", {}],
  ["an empty list", { matrices: [] }],
  ["no order", { matrices: [{ kind: "gauss" }] }],
  ["a kind nobody knows", { matrices: [{ kind: "gaus", n: 8 }] }],
  ["an order that is none", { matrices: [{ kind: "gauss", n: 0.5 }] }],
  ["null", "null"],
  ["fewer rows than columns", { matrices: [{ kind: "gauss", n: 8, rows: 7 }] }],
])("%s is refused", (_, content) => {
  expect(() => readSuite(suite(content))).toThrow(expect.objectContaining({ code: "US_OPTION" }));
});

test("an order that no solver could take is refused before anything is allocated", () => {
  expect(() => entry("gauss", 1e6)).toThrow(expect.objectContaining({ code: "US_OPTION" }));
});

test("the error is the largest difference over the largest eigenvalue", () => {
  expect(largestError([1, 2, 4], [1, 2.5, 4])).toBe(0.125);
  expect(largestError([0, 0], [0, 0])).toBe(0);
});
