/** Style and static checks of everything: biome, clang-format, clang-tidy. `--fix` writes what can be written. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { main, root, show, step } from "./run.mjs";

const fix = process.argv.includes("--fix");

await main(async () => {
  const sources = readdirSync(join(root, "native"), { recursive: true })
    .map((name) => join("native", name))
    .filter((name) => /\.(cpp|h|inl)$/.test(name))
    .sort();
  const biome = [
    "node_modules/@biomejs/biome/bin/biome",
    ...(fix ? ["check", "--write"] : ["ci", "--colors=off"]),
  ];
  if (!show(process.execPath, biome)) process.exitCode = 1;
  if (!show("clang-format", [...(fix ? ["-i"] : ["--dry-run", "-Werror"]), ...sources])) process.exitCode = 1;
  if (!fix) await step("clang-tidy", () => tidy(sources.filter((name) => /\.cpp$/.test(name))));
});

/**
 * The tests are left out: doctest's macros set off half of the checks. Headers come with their sources. Of the sources
 * per instruction set, which have one body, the one with the most intrinsics stands for all.
 */
async function tidy(files) {
  const simd = join("native", "core", "simd");
  const waiting = files.filter(
    (name) => !name.startsWith(join("native", "test")) && (!name.startsWith(simd) || name === widest(simd)),
  );
  const total = waiting.length;
  let failures = 0;
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const { passed, findings } = await tidyOne(file);
      if (passed) continue;
      failures += 1;
      process.stderr.write(`\n${findings}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  if (failures > 0) process.exitCode = 1;
  return `${total} files, ${failures} with findings`;
}

function widest(simd) {
  return join(simd, process.arch === "arm64" ? "neon.cpp" : "avx512_bf16.cpp");
}

/** Flags come from the addon's build, which compiles every file of core and binding. */
function tidyOne(file) {
  return new Promise((resolve, reject) => {
    const child = spawn("clang-tidy", ["--quiet", "-p", "build/cmake", file], {
      cwd: root,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let findings = "";
    child.stdout.on("data", (chunk) => {
      findings += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ passed: code === 0, findings }));
  });
}
