import { expect, test } from "vitest";
import { allowedCores, freeMemory, machine, parseCpuList } from "../../lib/solver/machine.ts";

test("a CPU list is ranges and single numbers", () => {
  expect(parseCpuList("0-3,8,10-11")).toEqual([0, 1, 2, 3, 8, 10, 11]);
  expect(parseCpuList("5")).toEqual([5]);
});

test("this machine has at least one core and some memory", () => {
  expect(allowedCores()).toBeGreaterThanOrEqual(1);
  expect(freeMemory()).toBeGreaterThan(2 ** 20);
  expect(freeMemory()).toBeLessThanOrEqual(machine().memory);
});
