/**
 * Builds the C++ core and its tests for arm64 by a cross compiler and runs, under user-mode emulation, those that
 * need no LAPACK: the solver's stages with NEON against recorded values.
 *
 *   npm run test:arm64
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { main, root, run, show, step } from "./run.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

const folder = join(root, "build-arm64");

await main(async () => {
  await step("system packages", (say) => ensureSystemPackages(["build", "test", "arm64"], say));
  await step("C++ core", build);
  const program = join(folder, "spectrap_core_tests");
  if (!show("qemu-aarch64-static", [program, "--test-case=*recorded*"])) process.exitCode = 1;
});

function build() {
  const options = [
    "-DSPECTRAP_TESTS=ON",
    "-DCMAKE_SYSTEM_NAME=Linux",
    "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
    "-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++",
    "-DCMAKE_EXE_LINKER_FLAGS=-static",
  ];
  run("cmake", ["-S", root, "-B", folder, ...options]);
  run("cmake", ["--build", folder, "--parallel", String(availableParallelism())]);
  return "ready";
}
