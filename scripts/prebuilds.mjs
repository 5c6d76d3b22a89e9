/** Puts this platform's addon, stripped, into prebuilds/<platform>-<arch>/, where node-gyp-build looks for it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { main, root, run, step } from "./run.mjs";

/** prebuildify strips the file it finds in build/Release of its folder, and moves it away: not that of a running program. */
const stage = join(root, "build", "prebuild");

export function buildPrebuild() {
  mkdirSync(stage, { recursive: true });
  const form = ["--napi", "--strip", "--tag-libc", "--name", "spectrap"];
  const places = ["--cwd", stage, "--out", root, "--node-gyp", join(root, "scripts", "gyp-shim.mjs")];
  run(process.execPath, [join(root, "node_modules", "prebuildify", "bin.js"), ...form, ...places]);
  return "ready";
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(() => step("prebuild", () => buildPrebuild()));
}
