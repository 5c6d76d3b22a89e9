import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const listing = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
  cwd: root,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "ignore"],
});
const packed: string[] = JSON.parse(listing)[0].files.map((file: { path: string }) => file.path);

const missing = (paths: string[]): string[] => paths.filter((path) => !packed.includes(path));

describe("the published package", () => {
  test("runs nothing when it is installed", () => {
    expect(manifest.gypfile).toBe(false);
    for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(manifest.scripts).not.toHaveProperty(script);
    }
  });

  test("holds what its manifest points to", () => {
    const entries: { types: string; default: string }[] = Object.values(manifest.exports);
    const paths = [...entries.flatMap((entry) => [entry.types, entry.default]), manifest.bin.spectrap];
    expect(missing(paths.map((path) => path.replace("./", "")))).toEqual([]);
  });

  test("holds all that a build from source reads", () => {
    const lists = readFileSync(join(root, "CMakeLists.txt"), "utf8");
    const sources = [...lists.matchAll(/native\/(?:core|binding)\/[\w./]+\.cpp/g)].map(([path]) => path);
    expect(sources.length).toBeGreaterThan(10);
    const build = [
      "CMakeLists.txt",
      "binding.gyp",
      "scripts/build-native.mjs",
      "scripts/run.mjs",
      ...sources,
    ];
    expect(missing(build)).toEqual([]);
  });

  test("holds the licence and the notices", () => {
    expect(missing(["LICENSE", "NOTICE", "THIRD_PARTY_NOTICES.md"])).toEqual([]);
  });

  test("holds no test, no build record and no tool of development", () => {
    expect(packed.filter((path) => /test|tsbuildinfo|^lib\/|^bench\/|setup\.mjs/.test(path))).toEqual([]);
  });
});
