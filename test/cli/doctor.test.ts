import { beforeAll, expect, test } from "vitest";
import { compile, spectrap } from "../helpers/command.ts";

beforeAll(compile, 120_000);

test("doctor says that an analysis can run, and with what", async () => {
  const { code, stdout, stderr } = await spectrap(["doctor"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^addon +\S+spectrap\.node \(local build\)$/m);
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
    blas: { trouble: null },
    defaults: { threads: expect.any(Number), memoryBytes: expect.any(Number) },
  });
});

test("without a BLAS it names the package to install, and the exit code is 2", async () => {
  const { code, stdout, stderr } = await spectrap(["doctor"], { SPECTRAP_BLAS: "/nowhere/libnone.so" });
  expect([code, stderr]).toEqual([2, ""]);
  expect(stdout).toMatch(
    /An analysis cannot run\.\nBLAS_NOT_FOUND: .*\/nowhere.*\nWhat to do: .*libopenblas0/,
  );
});

test("without an addon it says what to type, and the exit code is 2", async () => {
  // node-gyp-build looks nowhere else when this variable names a folder; an empty one has no addon.
  const { code, stdout } = await spectrap(["doctor"], { SPECTRAP_PREBUILD: "/nowhere" });
  expect(code).toBe(2);
  expect(stdout).toMatch(/ADDON_NOT_FOUND: .*\nWhat to do: .*build-native\.mjs/);
});
