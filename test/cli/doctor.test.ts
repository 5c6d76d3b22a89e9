import { beforeAll, expect, test } from "vitest";
import { compile, spectrap } from "../helpers/command.ts";

beforeAll(compile, 120_000);

test("doctor says that an analysis can run, and with what", async () => {
  const { code, stdout, stderr } = await spectrap(["doctor"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^addon +\S+spectrap\.node \(local build\)$/m);
  expect(stdout).toMatch(/^kernels +\w+, of \w+/m);
  expect(stdout).toMatch(/^BLAS +\S/m);
  expect(stdout).toMatch(/\n\nAn analysis can run\.\n$/);
});

test("doctor --format json is one object", async () => {
  const { code, stdout } = await spectrap(["doctor", "--format", "json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    spectrap: expect.stringMatching(/^\d/),
    ready: true,
    addon: { trouble: null },
    kernels: { name: expect.any(String), available: expect.any(Array), trouble: null },
    blas: { trouble: null },
    defaults: { threads: expect.any(Number), memoryBytes: expect.any(Number) },
  });
});

test("without a BLAS an analysis can run, and it says what cannot", async () => {
  const { code, stdout, stderr } = await spectrap(["doctor"], { SPECTRAP_BLAS: "/nowhere/libnone.so" });
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(
    /^BLAS +not found: only --solver lapack, --precision reference and --vectors need it$/m,
  );
  expect(stdout).toMatch(/\n\nAn analysis can run\.\n$/);
});

test("with an instruction set that is not there it names those that are, and the exit code is 2", async () => {
  const { code, stdout } = await spectrap(["doctor"], { SPECTRAP_ISA: "abacus" });
  expect(code).toBe(2);
  expect(stdout).toMatch(
    /^UNKNOWN_ISA: SPECTRAP_ISA is abacus, this CPU can run \w+.*\nWhat to do: .*SPECTRAP_ISA/m,
  );
});

test("without an addon it says what to type, and the exit code is 2", async () => {
  // node-gyp-build looks nowhere else when this variable names a folder; an empty one has no addon.
  const { code, stdout } = await spectrap(["doctor"], { SPECTRAP_PREBUILD: "/nowhere" });
  expect(code).toBe(2);
  expect(stdout).toMatch(/ADDON_NOT_FOUND: .*\nWhat to do: .*build-native\.mjs/);
});
