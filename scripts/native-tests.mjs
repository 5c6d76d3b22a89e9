/**
 * Builds the C++ core by plain CMake, without Node, and runs its tests.
 *
 *   node scripts/native-tests.mjs [address,undefined | thread | avx512]
 *
 * address,undefined and thread: under these sanitizers of g++. avx512: with the AVX-512 stages, their few
 * instructions of that set in plain code, on any CPU that has AVX2.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { main, root, run, StepError, show, step } from "./run.mjs";
import { reportFolder, summary } from "./test-report.mjs";

const gcc = "-DCMAKE_CXX_COMPILER=g++";
const builds = {
  "": { name: "build-core", options: [] },
  "address,undefined": { name: "build-asan", options: ["-DSPECTRAP_SANITIZE=address,undefined", gcc] },
  thread: { name: "build-tsan", options: ["-DSPECTRAP_SANITIZE=thread", gcc] },
  avx512: { name: "build-avx512", options: ["-DSPECTRAP_EMULATE_AVX512=ON"] },
};

/** Returns whether all passed; the JUnit report is `reports/<name of the build>.xml`. */
export async function nativeTests(kind = "") {
  if (!(kind in builds)) throw new StepError(`No build of the kind "${kind}".`);
  const { name, options } = builds[kind];
  const program = join(root, name, "spectrap_core_tests");
  const report = `${name}.xml`;
  let passed = false;
  await step("C++ core", () => build(join(root, name), options));
  await step("C++ tests", () => {
    passed = runTests(program, join(reportFolder, report));
    return summary([report]);
  });
  if (!passed) show(program, []);
  return passed;
}

function build(folder, options) {
  const generator = existsSync(join(folder, "CMakeCache.txt")) ? [] : preferredGenerator();
  run("cmake", ["-S", root, "-B", folder, ...generator, "-DSPECTRAP_TESTS=ON", ...options]);
  run("cmake", ["--build", folder, "--parallel", String(availableParallelism())]);
  return "ready";
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

/** doctest writes to one place only, the report; when something failed it runs once more for the words. */
function runTests(program, report) {
  mkdirSync(reportFolder, { recursive: true });
  rmSync(report, { force: true });
  try {
    run(program, ["--reporters=junit", `--out=${report}`, "--no-path-filenames=true"]);
    return true;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return false;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    if (!(await nativeTests(process.argv[2]))) process.exitCode = 1;
  });
}
