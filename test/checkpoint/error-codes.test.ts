import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

test("docs/errors.md explains every code of the room, and no other of its kind", () => {
  const code = /\b(?:CK|ST|IX|MX)_[A-Z0-9_]+/g;
  const documented = new Set(readFileSync(join(ROOT, "docs", "errors.md"), "utf8").match(code));
  const folder = join(ROOT, "lib", "checkpoint");
  const used = new Set(
    readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .flatMap(
        (name) => readFileSync(join(folder, name), "utf8").match(/"(?:CK|ST|IX|MX)_[A-Z0-9_]+"/g) ?? [],
      )
      .map((quoted) => quoted.slice(1, -1)),
  );
  const native = ["CK_RANGE", "MX_SCALE_NAN", "MX_OVERFLOW"];
  expect([...documented].sort()).toEqual([...used, ...native].sort());
});
