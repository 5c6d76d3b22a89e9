// A GPT-OSS layer of real size: hidden 2880, 4 experts in MXFP4, attention, two embeddings of 4096 rows. Written once.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";

/** Git ignores it. */
export const benchFolder = "build/bench";

/** Its folder; takes about 15 s where it is not there yet. */
export function realSizeLayer() {
  const folder = `${benchFolder}/layer`;
  if (existsSync(`${folder}/truth.json`)) return folder;
  mkdirSync(benchFolder, { recursive: true });
  console.log("writing a GPT-OSS layer of real size (about 15 s) …");
  const shape = ["--shape", "gpt-oss-20b", "--layers", "1", "--experts", "4", "--vocab", "4096"];
  execFileSync("node", ["dist/cli/main.js", "synth", folder, ...shape, "--seed", "1", "--quiet"]);
  return folder;
}
