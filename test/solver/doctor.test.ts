import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { diagnose } from "../../lib/solver/doctor.ts";
import { allowedCores, machine } from "../../lib/solver/machine.ts";

test("what is found here is whole, and fits together", () => {
  const { ready, addon, cpu, kernels, blas, memory, cores, defaults, ...rest } = diagnose();
  expect(ready).toBe(true);
  expect(rest).toEqual({ platform: `${process.platform}-${process.arch}`, node: process.version });

  expect(addon).toMatchObject({ origin: "local build", trouble: null });
  if (addon.trouble === null) expect(existsSync(addon.file)).toBe(true);
  expect(cpu.model).toBe(machine().cpu);
  expect(cpu.features).not.toHaveLength(0);
  expect(kernels.trouble).toBeNull();
  if (kernels.trouble === null) expect(kernels.available).toContain(kernels.name);
  expect(blas.trouble).toBeNull();
  if (blas.trouble === null) {
    expect(existsSync(blas.file)).toBe(true);
    expect(blas.file).toMatch(/blas|lapack/);
  }

  expect(memory.available).toBeLessThanOrEqual(memory.total);
  expect(memory.free).toBeLessThanOrEqual(Math.min(memory.available, memory.groupLimit ?? memory.total));
  expect(defaults.memoryBytes).toBeLessThanOrEqual(memory.free);
  expect(cores.physical).toBeLessThanOrEqual(cores.logical);
  expect(cores.allowed).toBeLessThanOrEqual(cores.physical);
  expect(defaults.threads).toBe(allowedCores());
  expect(defaults.threads).toBeLessThanOrEqual(cores.allowed);
});
