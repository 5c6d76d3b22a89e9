// npm run bench:memory
//
// Peak resident memory beside the budget of --memory, for checkpoints larger than it:
//   1. a folder of GPT-OSS-120B's shape, 65 GB: headers real, data a hole in the file. The plan of all 14,006 matrices
//      is made and worked at until the run is interrupted;
//   2. its largest matrix, the embedding of 201088 × 2880, from the same folder;
//   3. as many matrices as 120B has, 14,006, but small ones, so that all their rows, sketches and spectra are made and kept;
//   4. a synthetic checkpoint of 12 GB, every byte written, every matrix analysed. (About 5 minutes to write.)
// Options: --only 1,2,3,4, --keep (leave the 12 GB in build/bench). Prints a table, writes build/bench/memory.json, ends with
// exit code 1 if a peak is over its budget. Linux only: the peak is VmHWM of /proc.
import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gptOssPlan } from "../dist/checkpoint/synth/gpt-oss.js";
import { resolveOptions } from "../dist/checkpoint/synth/options.js";
import { planShards, shardNames } from "../dist/checkpoint/synth/shards.js";

const { values: args } = parseArgs({
  options: { only: { type: "string", default: "1,2,3,4" }, keep: { type: "boolean", default: false } },
});
const wanted = new Set(args.only.split(",").map(Number));

const folder = "build/bench";
const main = "dist/cli/main.js";
const holes = `${folder}/gpt-oss-120b-holes`;
const many = `${folder}/many-small`;
const dense = `${folder}/dense-12g`;
const GIB = 2 ** 30;

mkdirSync(folder, { recursive: true });
const results = [];
if (wanted.has(1) || wanted.has(2)) writeHoles();
if (wanted.has(1)) await measure("120B, first 120 s", holes, 1, { seconds: 120 });
if (wanted.has(2)) await measure("120B, embedding", holes, 2, { layers: "embed_tokens" });
if (wanted.has(3)) {
  synth(many, "--shape gpt-oss-120b --hidden 64 --intermediate 64 --vocab 1024 --traps none");
  await measure("14,006 small ones, all", many, 0.5, { spectra: true });
}
if (wanted.has(4)) {
  console.log("writing 12 GB (about five minutes) …");
  // Tall matrices: many bytes for little arithmetic, so that all of them can be analysed in minutes.
  synth(dense, "--shape dense --dtype F32 --layers 14 --hidden 1024 --intermediate 65536 --vocab 65536");
  await measure("dense, all", dense, 1, {});
  if (!args.keep) rmSync(dense, { recursive: true });
}
print();
writeFileSync(
  `${folder}/memory.json`,
  `${JSON.stringify({ command: "npm run bench:memory", results }, undefined, 2)}\n`,
);
if (results.some(({ peak, budget }) => peak > budget)) process.exitCode = 1;

/** The published names, types and shapes; no disk is taken where the file system has sparse files. */
function writeHoles() {
  const plan = gptOssPlan(resolveOptions({ shape: "gpt-oss-120b" }));
  const shards = planShards(plan.tensors, null, shardNames(true, "hf"));
  rmSync(holes, { recursive: true, force: true });
  mkdirSync(holes);
  const weightMap = {};
  for (const { file, tensors, head, size } of shards) {
    const descriptor = openSync(`${holes}/${file}`, "w");
    writeSync(descriptor, head);
    ftruncateSync(descriptor, size);
    closeSync(descriptor);
    for (const { name } of tensors) weightMap[name] = file;
  }
  writeFileSync(`${holes}/model.safetensors.index.json`, JSON.stringify({ weight_map: weightMap }));
  for (const [name, document] of Object.entries(plan.documents)) {
    writeFileSync(`${holes}/${name}`, JSON.stringify(document));
  }
}

function synth(location, shape) {
  if (existsSync(`${location}/truth.json`)) return;
  execFileSync("node", [main, "synth", location, ...shape.split(" "), "--seed", "1", "--quiet", "--force"]);
}

/** One analysis in a process of its own; after `seconds` it is interrupted, as by Ctrl-C. */
async function measure(name, location, gib, { seconds = Number.POSITIVE_INFINITY, layers, spectra = false }) {
  const run = `${folder}/memory-run`;
  rmSync(run, { recursive: true, force: true });
  const argv = [main, "analyze", location, "--memory", String(gib), "--out", run, "--quiet"];
  if (spectra) argv.push("--save-spectra");
  if (layers !== undefined) argv.push("--layers", layers);
  console.log(`\n$ spectrap ${argv.slice(1).join(" ")}`);
  const start = performance.now();
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "inherit"] });
  let ended = false;
  const end = new Promise((resolve) => child.on("close", resolve)).then((code) => {
    ended = true;
    return code;
  });
  const stop = setTimeout(() => child.kill("SIGINT"), Math.min(1000 * seconds, 2 ** 31 - 1));
  let peak = 0;
  while (!ended) {
    peak = Math.max(peak, highWater(child.pid));
    await Promise.race([end, wait(100)]);
  }
  clearTimeout(stop);
  const code = await end;
  if (code !== 0 && code !== 130) throw new Error(`${name}: exit code ${code}`);
  const { plan, inputs } = JSON.parse(readFileSync(`${run}/manifest.json`, "utf8"));
  const finished = readFileSync(`${run}/journal.jsonl`, "utf8").match(/"kind":"matrix"/g)?.length ?? 0;
  const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
  const wall = (performance.now() - start) / 1000;
  results.push({
    name,
    bytes,
    planned: plan.rows,
    finished,
    budget: gib * GIB,
    peak,
    wall,
    interrupted: code === 130,
  });
  rmSync(run, { recursive: true });
}

/** The process's largest resident set so far, in bytes; 0 once it has ended. */
function highWater(pid) {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function print() {
  const mib = (bytes) => `${Math.round(bytes / 2 ** 20)}`;
  console.log(
    "\n| checkpoint | GB | matrices planned | finished | s | `--memory` MiB | peak MiB | of the budget |",
  );
  console.log("| --- | --: | --: | --: | --: | --: | --: | --: |");
  for (const { name, bytes, planned, finished, wall, budget, peak } of results) {
    const cells = [
      name,
      (bytes / 1e9).toFixed(1),
      planned,
      finished,
      wall.toFixed(0),
      mib(budget),
      mib(peak),
    ];
    console.log(`| ${cells.join(" | ")} | ${((100 * peak) / budget).toFixed(0)} % |`);
  }
}
