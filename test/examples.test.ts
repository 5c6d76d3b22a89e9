import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyFolder } from "./analysis/checkpoints.ts";
import { compile, finished, root, start } from "./helpers/command.ts";

let folder: string;
beforeAll(() => {
  compile();
  // Inside the package, where its own name resolves; the oldest Node we support does not run TypeScript.
  mkdirSync(join(root, "build"), { recursive: true });
  folder = mkdtempSync(join(root, "build", "examples-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(example: string, ...args: string[]) {
  const source = readFileSync(join(root, "examples", example), "utf8");
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const script = join(folder, example.replace(/\.ts$/, ".mjs"));
  writeFileSync(script, ts.transpileModule(source, { compilerOptions: options }).outputText);
  return await finished(start([script, ...args]));
}

test("resumable-run keeps its rows, and finds them there the second time", async () => {
  const out = join(folder, "run");
  for (const restored of [0, 24]) {
    const { code, stdout, stderr } = await run("resumable-run.ts", tinyFolder("hf"), out);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`24 rows in ${out}, ${restored} of them from earlier sessions\n`);
  }
});

test("analyze-checkpoint names the matrices with traps", async () => {
  const { code, stdout, stderr } = await run("analyze-checkpoint.ts", tinyFolder("hf"));
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^layers\.1\.experts\.1\.down: \d traps, margin 5\.01$/m);
  expect(stdout).toMatch(/^\d of 24 matrices hold traps; mean alpha \d\.\d\d$/m);
});

test("analyze-checkpoint says what is wrong with a place where nothing is", async () => {
  const { code, stderr } = await run("analyze-checkpoint.ts", "/nowhere");
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^CK_/)]);
});

test("eigenvalues-in-memory sees the planted entry", async () => {
  const { code, stdout } = await run("eigenvalues-in-memory.ts");
  expect(code).toBe(0);
  expect(stdout.match(/clearly above: \d+/g)).toEqual(["clearly above: 0", "clearly above: 1"]);
});

test("regrown-trap sees the trap go and come back", async () => {
  const { code, stdout, stderr } = await run("regrown-trap.ts");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^fc1\.weight: \d\.\d\d times the edge, \w+, mean share 0\.\d\d$/m);
  expect(stdout).toMatch(/^before: 1\nstep 0: 0\nstep 10: \d\nstep 100: \d\nstep 1000: 1$/m);
});

test("examples use the public face alone, and each is run here", () => {
  const tested = readFileSync(new URL(import.meta.url), "utf8");
  for (const example of readdirSync(join(root, "examples"))) {
    expect(tested).toContain(`run("${example}"`);
    const imports = readFileSync(join(root, "examples", example), "utf8").match(/(?<=from ")[^"]+/g);
    expect([["spectrap"], ["spectrap/grokking"]]).toContainEqual(imports);
  }
});
