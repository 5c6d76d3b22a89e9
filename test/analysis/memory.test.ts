import { expect, test } from "vitest";
import { solverMemory } from "../../lib/analysis/memory.ts";
import { analyze } from "../../lib/index.ts";
import { rowsOf, tinyFolder } from "./checkpoints.ts";

const options = { peakBytes: undefined, memoryBytes: undefined };
const GIB = 2 ** 30;

test("a budget for matrices is the solver's; without one it takes its default", () => {
  expect(solverMemory({ ...options, memoryBytes: 7 }, 2, 100)).toEqual({ memoryBytes: 7 });
  expect(solverMemory(options, 2, 100)).toEqual({});
});

test("of a bound of the process, matrices get what process, rows and threads leave", () => {
  const left = (threads: number, rows: number) =>
    solverMemory({ ...options, peakBytes: 16 * GIB }, threads, rows).memoryBytes!;
  expect(left(1, 10)).toBeLessThan(16 * GIB - process.memoryUsage.rss() / 2);
  expect(left(1, 10)).toBeGreaterThan(14 * GIB);
  expect(left(4, 10)).toBeLessThan(left(1, 10) - GIB / 16);
  expect(left(1, 14_006)).toBeLessThan(left(1, 10) - GIB / 16);
});

test("a bound that the program alone exceeds is refused", async () => {
  await expect(rowsOf(tinyFolder("hf"), { peakBytes: 2 ** 20 })).rejects.toMatchObject({
    code: "US_OPTION",
    message: expect.stringContaining("the program takes by itself"),
  });
});

test("two budgets at a time are refused", () => {
  expect(() => analyze("anything", { peakBytes: GIB, memoryBytes: GIB })).toThrow(/peakBytes/);
});
