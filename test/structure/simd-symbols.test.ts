import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

// Of a function that several sources leave behind, the linker keeps one copy for all. A copy that was compiled for
// an instruction set this CPU lacks would then run everywhere.
const folder = join(import.meta.dirname, "../../build-core/CMakeFiles/spectrap_core.dir/native/core/simd");
const objects = readdirSync(folder).filter((name) => name.endsWith(".o"));

/** Demangled names of the symbols that the linker may merge with those of other objects. */
function mergeable(object: string): string[] {
  const symbols = execFileSync("nm", ["-C", join(folder, object)], { encoding: "utf8" });
  return symbols.split("\n").flatMap((line) => /^[0-9a-f]+ [VWu] (.+)$/.exec(line)?.[1] ?? []);
}

describe("sources that are compiled once per instruction set", () => {
  test.each(objects)("%s shares no function with the rest of the program", (object) => {
    const isa = object.replace(".cpp.o", "");
    const names = mergeable(object);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !name.includes(`spectrap::simd::${isa}::`))).toEqual([]);
  });
});
