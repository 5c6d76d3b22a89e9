/** Refuses to go on unless there is a prebuild for every platform that docs/install.md promises one for. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { main, root, StepError, step } from "./run.mjs";

/** Platform, and the number that stands for its CPU in an ELF header. */
const promised = { "linux-x64": 62, "linux-arm64": 183 };

await main(() =>
  step("prebuilds", () => {
    const missing = Object.entries(promised)
      .filter(
        ([platform, machine]) => !isFor(machine, join(root, "prebuilds", platform, "spectrap.glibc.node")),
      )
      .map(([platform]) => platform);
    if (missing.length > 0) throw new StepError(`No prebuild for ${missing.join(", ")}.`);
    return Object.keys(promised).join(", ");
  }),
);

function isFor(machine, file) {
  return existsSync(file) && readFileSync(file).readUInt16LE(18) === machine;
}
