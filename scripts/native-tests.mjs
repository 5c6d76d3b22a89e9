/**
 * Builds the C++ core by plain CMake, without Node, and runs its tests.
 *
 *   node scripts/native-tests.mjs [address,undefined | thread]     under these sanitizers of g++
 */
import { existsSync, mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { main, root, run, StepError, show, step } from "./run.mjs";

const buildFolders = { "": "build-core", "address,undefined": "build-asan", thread: "build-tsan" };

/** Returns whether all passed; the JUnit report is `reports/<name of the build>.xml`. */
export async function nativeTests(sanitizers = "") {
  const name = buildFolders[sanitizers];
  if (name === undefined) throw new StepError(`No build for the sanitizers "${sanitizers}".`);
  const folder = join(root, name);
  await step(name, () => build(folder, sanitizers));
  return runTests(join(folder, "spectrap_core_tests"), join(root, "reports", `${name}.xml`));
}

function build(folder, sanitizers) {
  const generator = existsSync(join(folder, "CMakeCache.txt")) ? [] : preferredGenerator();
  const options = ["-DSPECTRAP_TESTS=ON", `-DSPECTRAP_SANITIZE=${sanitizers}`];
  const compiler = sanitizers === "" ? [] : ["-DCMAKE_CXX_COMPILER=g++"];
  run("cmake", ["-S", root, "-B", folder, ...generator, ...options, ...compiler]);
  run("cmake", ["--build", folder, "--parallel", String(availableParallelism())]);
  return "up to date";
}

/** Ninja starts faster than make when there is nothing to do. */
function preferredGenerator() {
  try {
    run("ninja", ["--version"]);
    return ["-G", "Ninja"];
  } catch {
    return [];
  }
}

/** doctest writes to one place only: to the report first, and in words when something failed. */
function runTests(program, report) {
  mkdirSync(join(root, "reports"), { recursive: true });
  try {
    run(program, ["--reporters=junit", `--out=${report}`, "--no-path-filenames=true"]);
    return true;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    show(program, []);
    return false;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    if (!(await nativeTests(process.argv[2]))) process.exitCode = 1;
  });
}
