/**
 * Builds the addon: cmake-js configures (no header download: package.json has binary.napi_versions), CMake
 * decides what is stale, and the result goes where node-gyp-build looks for it.
 *
 *   node scripts/build-native.mjs [folder of the result, default build/Release] [--debug] [--arch name]
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { main, root, run, StepError, step } from "./run.mjs";

/** Never `build` itself: gyp writes there, and a plain CMake cache there would hide the addon target. */
const buildFolder = join(root, "build", "cmake");
const require = createRequire(import.meta.url);

export function buildNative({ output = join(root, "build", "Release"), config = "Release", arch } = {}) {
  configure(config, arch);
  run("cmake", ["--build", buildFolder, "--config", config, "--parallel", String(availableParallelism())]);
  return publish(join(buildFolder, config, "spectrap.node"), join(resolve(root, output), "spectrap.node"));
}

/** Configures unless this folder was configured in the same place, with the same tools, for the same result. */
function configure(config, arch) {
  const cmakeJs = find("cmake-js/package.json");
  const versions = [cmakeJs, find("node-addon-api/package.json")].map((file) => require(file).version);
  const wanted = JSON.stringify([root, config, arch ?? process.arch, process.version, ...versions]);
  const record = join(buildFolder, "configured.json");
  if (existsSync(record) && readFileSync(record, "utf8") === wanted) return;
  rmSync(buildFolder, { recursive: true, force: true });
  const target = arch === undefined ? [] : ["--arch", arch];
  const program = join(dirname(cmakeJs), "bin", "cmake-js");
  run(process.execPath, [program, "configure", "--out", buildFolder, "--config", config, ...target]);
  writeFileSync(record, wanted);
}

function find(file) {
  try {
    return require.resolve(file);
  } catch {
    const { devDependencies } = require("../package.json");
    const packages = ["cmake-js", "node-addon-api"].map((name) => `"${name}@${devDependencies[name]}"`);
    throw new StepError(
      `${dirname(file)} is missing. In ${project()}, type:\n` +
        `  npm install --no-save ${packages.join(" ")}\n  node ${join(root, "scripts", "build-native.mjs")}`,
    );
  }
}

/** Where npm is used: the folder that has this package in its node_modules, or a clone's own. */
function project() {
  const [above] = root.split(/[/\\]node_modules[/\\]/, 1);
  return above;
}

/** Replaces the file by renaming, so that a process which has the old one open keeps it whole. */
function publish(built, destination) {
  if (existsSync(destination) && statSync(destination).mtimeMs >= statSync(built).mtimeMs)
    return "up to date";
  mkdirSync(dirname(destination), { recursive: true });
  const fresh = `${destination}.${process.pid}`;
  copyFileSync(built, fresh);
  renameSync(fresh, destination);
  return "built";
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { debug: { type: "boolean", default: false }, arch: { type: "string" } },
    });
    const config = values.debug ? "Debug" : "Release";
    const output = positionals[0] ?? join("build", config);
    await step("native build", () => buildNative({ output, config, arch: values.arch }));
  });
}
