import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyFolder } from "../analysis/checkpoints.ts";
import { root } from "../helpers/command.ts";
import { CleanFolder, pack } from "./clean-folder.ts";

const scratch = mkdtempSync(join(tmpdir(), "spectrap-install-"));
const folder = new CleanFolder(scratch);
const installed = join(folder.path, "node_modules", "spectrap");
const tiny = tinyFolder("hf");

const spectrap = (...args: string[]) => folder.run(["npx", "spectrap", ...args]);

beforeAll(() => {
  const tarball = pack(root, scratch);
  const { status, stderr } = folder.run(["npm", "install", "--prefer-offline", tarball]);
  expect([status, stderr]).toEqual([0, ""]);
}, 600_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function files(): string[] {
  return readdirSync(installed, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(installed, name)).isFile(),
  );
}

test("nothing was built, and no script of any package ran", () => {
  expect(existsSync(join(installed, "build"))).toBe(false);
  const lock = JSON.parse(readFileSync(join(folder.path, "node_modules/.package-lock.json"), "utf8"));
  const ours = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const wanted = Object.entries<{ dev?: boolean }>(ours.packages).flatMap(([name, { dev }]) =>
    name === "" || dev ? [] : name,
  );
  expect(Object.keys(lock.packages).sort()).toEqual([...wanted, "node_modules/spectrap"].sort());
  const scripts = Object.entries<{ hasInstallScript?: boolean }>(lock.packages).filter(
    ([, { hasInstallScript }]) => hasInstallScript,
  );
  expect(scripts).toEqual([]);
});

test("the package has no test, and knows nothing of the machine it was made on", () => {
  const names = files();
  expect(names).toContain("dist/cli/main.js");
  expect(
    names.filter((name) => /(^|\/)(test|fixtures)\/|^bench\/|\.safetensors$|tsbuildinfo/.test(name)),
  ).toEqual([]);
  expect(names.filter((name) => readFileSync(join(installed, name)).includes(root))).toEqual([]);
});

test("every prebuild runs on the oldest glibc docs/install.md names, with any C++ library", () => {
  const stated = /glibc (\d+)\.(\d+) or newer/.exec(readFileSync(join(root, "docs/install.md"), "utf8"))!;
  const prebuilds = files().filter((name) => name.endsWith(".node"));
  expect(prebuilds).toContain(`prebuilds/${process.platform}-${process.arch}/spectrap.glibc.node`);
  for (const name of prebuilds) {
    const binary = readFileSync(join(installed, name), "latin1");
    const versions = [...binary.matchAll(/\0GLIBC_(\d+)\.(\d+)/g)];
    expect(versions.length).toBeGreaterThan(3);
    const rank = ([, major, minor]: RegExpExecArray) => Number(major) * 1000 + Number(minor);
    expect(Math.max(...versions.map(rank)), name).toBeLessThanOrEqual(rank(stated));
    expect(binary).not.toMatch(/libstdc\+\+\.so|\0GLIBCXX_\d/);
  }
});

test("without a BLAS: everything works, and who asks for LAPACK hears the package to install", () => {
  const bare = (...args: string[]) => folder.runWithoutBlas(["npx", "spectrap", ...args]);
  const help = bare("--help");
  expect([help.status, help.stderr]).toEqual([0, ""]);
  expect(help.stdout).toContain("Usage: spectrap");

  const inspection = bare("inspect", tiny);
  expect([inspection.status, inspection.stderr]).toEqual([0, ""]);
  expect(inspection.stdout).toContain("41 tensors, 24 matrices");

  const doctor = bare("doctor");
  expect([doctor.status, doctor.stderr]).toEqual([0, ""]);
  expect(doctor.stdout).toMatch(/^addon .*spectrap\.glibc\.node \(prebuild\)$/m);
  expect(doctor.stdout).toMatch(/^BLAS +not found/m);
  expect(doctor.stdout).toMatch(/\n\nAn analysis can run\.\n$/);
  expect(doctor.stdout).not.toContain("libopenblas");

  const { status, stdout, stderr } = bare("analyze", tiny, "--format", "json");
  expect(status, stderr).toBe(0);
  expect(stderr).not.toContain("libopenblas");
  expectWholeAnalysis(stdout, "native");

  for (const asked of [
    ["--solver", "lapack"],
    ["--precision", "reference"],
  ]) {
    const refused = bare("analyze", tiny, "--quiet", ...asked);
    expect([refused.status, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toMatch(/^spectrap: BLAS_NOT_FOUND: .*libopenblas0/);
  }
});

test("with a BLAS: LAPACK can be asked for", () => {
  const { status, stdout } = spectrap("analyze", tiny, "--format", "json", "--solver", "lapack");
  expect(status).toBe(0);
  expectWholeAnalysis(stdout, "lapack");
});

function expectWholeAnalysis(stdout: string, solver: string): void {
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows).toHaveLength(24);
  for (const row of rows) expect(row).toMatchObject({ error: null, solver });
}

test("a program of the folder finds the library", () => {
  writeFileSync(
    join(folder.path, "program.mjs"),
    `import { eigenvalues } from "spectrap";
     const values = new Float64Array([1, 0, 0, 2, 0, 0]);
     console.log(JSON.stringify([...(await eigenvalues({ values, rows: 3, cols: 2 }))]));`,
  );
  const { status, stdout, stderr } = folder.run(["node", "program.mjs"]);
  expect([status, stderr]).toEqual([0, ""]);
  const [first, second] = JSON.parse(stdout);
  expect(first).toBeCloseTo(1, 12);
  expect(second).toBeCloseTo(4, 12);
});

test("a build from source, as the message and docs/install.md say, takes the prebuild's place", () => {
  const build = ["node", join(installed, "scripts/build-native.mjs")];
  const refused = folder.runWithTools(build);
  expect(refused.status).toBe(1);
  const packages = [...refused.stderr.matchAll(/"((?:cmake-js|node-addon-api)@[^"]+)"/g)].map(
    ([, name]) => name!,
  );
  expect(packages).toHaveLength(2);
  expect(refused.stderr).toContain(`In ${folder.path}, type:`);

  const fetched = folder.runWithTools(["npm", "install", "--prefer-offline", "--no-save", ...packages]);
  expect(fetched.status, fetched.stderr).toBe(0);
  const built = folder.runWithTools(build);
  expect(built.status, built.stderr).toBe(0);
  const { status, stdout } = spectrap("doctor");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^addon .*node_modules\/spectrap\/build\/Release\/spectrap\.node \(local build\)$/m);
}, 600_000);
