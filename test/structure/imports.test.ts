import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brokenImports, importedModules } from "./import-rule.ts";

const root = join(import.meta.dirname, "../..");

function files(folder: string, pattern: RegExp): { path: string; text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

describe("the import rule", () => {
  test("holds for every file of lib/", () => {
    const sources = files("lib", /\.ts$/);
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.flatMap(({ path, text }) => brokenImports(path, text))).toEqual([]);
  });

  test("finds every way to import", () => {
    const source = `
      import a from "./a.ts"; import type { B } from "./b.ts"; import "./c.ts";
      export * from "./d.ts"; export { e } from "./e.ts"; export const f = 1;
      const g = await import("./g.ts"); type H = import("./h.ts").H; // import "./not.ts"
    `;
    const found = ["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts", "./g.ts", "./h.ts"];
    expect(importedModules(source)).toEqual(found);
  });

  test.each([
    ["lib/spectrum/traps.ts", "node:fs"],
    ["lib/spectrum/traps.ts", "commander"],
    ["lib/spectrum/traps.ts", "../solver/matrix.ts"],
    ["lib/solver/native.ts", "../checkpoint/tensor.ts"],
    ["lib/checkpoint/safetensors/header.ts", "../../analysis/run.ts"],
    ["lib/analysis/run.ts", "../cli/main.ts"],
    ["lib/analysis/run.ts", "../index.ts"],
    ["lib/analysis/run.ts", "../util.ts"],
    ["lib/analysis/run.ts", "../../scripts/run.mjs"],
    ["lib/index.ts", "./cli/main.ts"],
  ])("is broken when %s imports %s", (path, module) => {
    expect(brokenImports(path, `import "${module}";`)).toHaveLength(1);
  });

  test.each([
    ["lib/spectrum/traps.ts", "./moments.ts"],
    ["lib/solver/native.ts", "node:fs"],
    ["lib/solver/native.ts", "node-gyp-build"],
    ["lib/checkpoint/safetensors/header.ts", "../../solver/error.ts"],
    ["lib/cli/main.ts", "../index.ts"],
    ["lib/index.ts", "./analysis/run.ts"],
  ])("is kept when %s imports %s", (path, module) => {
    expect(brokenImports(path, `import "${module}";`)).toEqual([]);
  });
});

describe("the C++ core", () => {
  const foreign =
    /^\s*#\s*include\s*[<"](napi|node|js_native_api|uv|v8)[^>"]*[>"]|^\s*#\s*include\s*"[^"]*binding/m;

  test("includes no header of Node, and nothing of the binding", () => {
    const sources = files("native/core", /\.(h|cpp)$/);
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.filter(({ text }) => foreign.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test.each(["#include <napi.h>", "# include <node_api.h>", '#include "../binding/convert.h"'])(
    "would be caught by %s",
    (line) => {
      expect(foreign.test(`#pragma once\n${line}\n`)).toBe(true);
    },
  );
});
