import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** Codes of the errors that the sources of a folder raise, written where they are raised. */
function raised(folder: string, raise: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|h|cpp)$/.test(name))
    .flatMap((name) => [...readFileSync(join(root, folder, name), "utf8").matchAll(raise)])
    .map(([, code]) => code!);
}

test("docs/errors.md explains every code that the addon or the library raises", () => {
  const native = ["native/core", "native/binding"].flatMap((folder) =>
    raised(folder, /\bError\(\s*"([A-Z][A-Z0-9_]+)"/g),
  );
  const library = raised("lib", /\bSpectrapError\(\s*"([A-Z][A-Z0-9_]+)"/g);
  expect(native).toContain("UNKNOWN_ISA");
  expect(library).toContain("US_OPTION");
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  const missing = new Set([...native, ...library].filter((code) => !page.includes(`\`${code}\``)));
  expect([...missing]).toEqual([]);
});
