/**
 * From a fresh Debian machine with Node and npm to something that runs, and quickly nothing the second time:
 * system packages, npm packages, native addon, TypeScript.
 *
 *   node scripts/setup.mjs [--test] [--lint]     also what the tests or the linters need
 */
import { parseArgs } from "node:util";
import { buildNative } from "./build-native.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { main, root, run, StepError, step } from "./run.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

const oldestNode = [20, 19];

await main(async () => {
  const { values } = parseArgs({
    options: { test: { type: "boolean", default: false }, lint: { type: "boolean", default: false } },
  });
  const purposes = ["build", "test", "lint"].filter((purpose) => purpose === "build" || values[purpose]);
  checkNode();
  await step("system packages", (say) => ensureSystemPackages(purposes, say));
  await step("npm packages", (say) => ensureDependencies(say));
  await step("native build", () => buildNative());
  await step("TypeScript", () => buildTypeScript());
});

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new StepError(
    `spectrap needs Node ${oldestNode.join(".")} or newer; this is ${process.versions.node}.`,
  );
}

/** In build mode tsc looks at times and sizes first, and does not compile what is up to date. */
function buildTypeScript() {
  run(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "tsconfig.build.json"], { cwd: root });
  return "ready";
}
