#!/usr/bin/env node
/**
 * Stands in for node-gyp under prebuildify (`npm run prebuilds`), which calls it as
 * `rebuild --target=… --arch=… --release` and takes the .node file from build/Release of the folder it works in. Node-API needs no headers
 * of a certain Node version, so the target is not used.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildNative } from "./build-native.mjs";
import { main } from "./run.mjs";

await main(() => {
  const { values } = parseArgs({
    strict: false,
    options: { debug: { type: "boolean" }, arch: { type: "string" } },
  });
  const config = values.debug ? "Debug" : "Release";
  const arch = values.arch === process.arch ? undefined : values.arch;
  buildNative({ output: resolve("build", config), config, arch });
});
