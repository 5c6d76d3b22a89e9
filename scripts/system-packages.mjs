/** Debian packages that the build, the tests and the linters need: looked for, and installed if missing. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, StepError } from "./run.mjs";

/** Each need names the package that meets it; `met` looks for the thing, however it came here. */
const needs = [
  { package: "cmake", for: "build", met: () => hasProgram("cmake") },
  { package: "g++", for: "build", met: () => hasProgram("g++") || hasProgram("clang++") },
  { package: "ninja-build", for: "build", met: () => hasProgram("ninja") || hasProgram("make") },
  { package: "libopenblas0", for: "test", met: hasLapack },
  { package: "doctest-dev", for: "test", met: () => hasHeader("doctest/doctest.h") },
  { package: "clang-format", for: "lint", met: () => hasProgram("clang-format") },
  { package: "clang-tidy", for: "lint", met: () => hasProgram("clang-tidy") },
  { package: "clang", for: "fuzz", met: () => hasProgram("clang++") },
  { package: "g++-aarch64-linux-gnu", for: "arm64", met: () => hasProgram("aarch64-linux-gnu-g++") },
  { package: "qemu-user-static", for: "arm64", met: () => hasProgram("qemu-aarch64-static") },
  { package: "libclang-rt-dev", for: "fuzz", met: hasFuzzer },
];

/** Installs what is missing for the given purposes and returns a few words on it. */
export function ensureSystemPackages(purposes, say) {
  if (process.platform !== "linux") return "not looked for (docs/install.md says what is needed)";
  const missing = needs
    .filter((need) => purposes.includes(need.for) && !need.met())
    .map((need) => need.package);
  if (missing.length === 0) return "all there";
  say(`installing ${missing.join(", ")}`);
  install(missing);
  return "installed";
}

function install(packages) {
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (!hasProgram("apt-get")) {
    throw new StepError(
      `This is not a Debian system. Needed, under their Debian names: ${packages.join(", ")}.`,
    );
  }
  if (process.getuid() === 0) return aptGet([], packages);
  if (!hasProgram("sudo")) throw new StepError(`Installing needs root. As root, type:\n  ${byHand}`);
  try {
    aptGet(process.stdin.isTTY ? ["sudo"] : ["sudo", "-n"], packages);
  } catch (error) {
    throw new StepError(`${error.message}\nInstalling did not work. Type:\n  sudo sh -c '${byHand}'`);
  }
}

/** sudo asks for the password on the terminal itself, so nothing is lost by keeping apt-get's output back. */
function aptGet(prefix, packages) {
  const environment = ["env", "DEBIAN_FRONTEND=noninteractive"];
  for (const command of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    const [program, ...args] = [...prefix, ...environment, "apt-get", "-q", ...command];
    run(program, args);
  }
}

function hasProgram(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}

function hasHeader(name) {
  return ["/usr/include", "/usr/local/include"].some((folder) => existsSync(join(folder, name)));
}

/** clang's runtime of libFuzzer, which Debian packs apart from the compiler. */
function hasFuzzer() {
  if (!hasProgram("clang++")) return false;
  const file = `libclang_rt.fuzzer-${process.arch === "arm64" ? "aarch64" : "x86_64"}.a`;
  const found = spawnSync("clang++", [`-print-file-name=${file}`], { encoding: "utf8" }).stdout ?? "";
  return found.trim() !== file;
}

/** The search order of native/core/blas.cpp; ldconfig lies outside an ordinary user's PATH. */
function hasLapack() {
  if (process.env.SPECTRAP_BLAS) return true;
  const libraries = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" }).stdout ?? "";
  const has = (name) => libraries.includes(`\t${name} `);
  return has("libopenblas.so.0") || has("libopenblas.so") || (has("liblapack.so.3") && has("libblas.so.3"));
}
