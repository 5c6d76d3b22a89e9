// npm run bench:screen
//
// Screening beside a plain read of the same bytes: same threads, same 256 KiB a read, the file in the page cache. Matrices of
// 2880 × 2880 normal entries, 64 of them in MXFP4 and 24 in BF16 (by copies of one, which no part of the work notices), a matrix per
// thread. Read and screening take turns; medians of the rounds, by the wall and in CPU seconds, which neighbours disturb less. Where
// the cache can be dropped (root on Linux) a cold read and a cold screening follow, apart. The plain read is fs.readSync in worker
// threads, whose overhead is a few percent of a read.
// Options: --rounds n (default 5), --quick (two matrices, one round). Writes bench/results/screen.jsonl.
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { KEPT } from "../dist/analysis/screen/screening.js";
import { median } from "../dist/bench/statistics.js";
import { machine } from "../dist/solver/machine.js";
import { openSolver } from "../dist/solver/open.js";
import { commandLine, machineLine, printTable, root, writeLines } from "./common.mjs";
import { matrixInFile, writeMatrixFile } from "./matrix-file.mjs";

const READ_BYTES = 256 * 1024;
const side = 2880;

const gigabytes = (bytes, seconds) => bytes / seconds / 1e9;
const shown = (rate) => (rate === null ? "–" : rate.toFixed(2));

if (isMainThread) await main();
else serveReads();

async function main() {
  const { values: args } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, quick: { type: "boolean", default: false } },
  });
  const rounds = args.quick ? 1 : Number(args.rounds);
  const common = {
    schema: "spectrap-bench-screen/1",
    machine: machine(),
    command: commandLine("npm run bench:screen"),
    date: new Date().toISOString(),
  };
  console.log(machineLine(common.machine));
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "spectrap-bench-"));
  const records = [];
  try {
    for (const [encoding, copies] of [
      ["MXFP4", 64],
      ["BF16", 24],
    ]) {
      const { matrices, file, bytes } = writeCopies(folder, encoding, args.quick ? 2 : copies);
      for (const threads of [1, 2]) {
        const measured = await measure(matrices, file, bytes, threads, rounds);
        records.push({ encoding, threads, bytes, rounds, ...measured, ...common });
      }
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  printTable(records.map(row));
  writeLines("screen.jsonl", records);
}

function row({ encoding, threads, bytes, read, screen, readCpu, screenCpu, coldRead, coldScreen }) {
  return {
    encoding,
    threads,
    MB: (bytes / 1e6).toFixed(0),
    "read GB/s": shown(read),
    "screen GB/s": shown(screen),
    "of the read": `${((100 * screen) / read).toFixed(0)} %`,
    "read GB/CPU s": shown(readCpu),
    "screen GB/CPU s": shown(screenCpu),
    "cold read": shown(coldRead),
    "cold screen": shown(coldScreen),
  };
}

/** One matrix, many times over in a file. */
function writeCopies(folder, encoding, copies) {
  const shape = { encoding, rows: side, cols: side };
  const one = join(folder, "one");
  writeMatrixFile(one, { ...shape, seed: 0 });
  const content = readFileSync(one);
  const file = join(folder, encoding);
  const out = openSync(file, "w");
  for (let copy = 0; copy < copies; copy++) writeSync(out, content);
  closeSync(out);
  rmSync(one);
  const described = matrixInFile(file, shape);
  const moved = (range, by) => ({ ...range, begin: range.begin + by, end: range.end + by });
  const matrices = Array.from({ length: copies }, (_, copy) => {
    const by = copy * content.length;
    const { source } = described;
    const parts = Object.fromEntries(
      ["bytes", "blocks", "scales"].flatMap((part) =>
        source[part] ? [[part, moved(source[part], by)]] : [],
      ),
    );
    return { ...described, name: `copy ${copy}`, source: { ...source, ...parts } };
  });
  return { matrices, file, bytes: copies * content.length };
}

async function measure(matrices, file, bytes, threads, rounds) {
  const readers = Array.from({ length: threads }, (_, i) => {
    const [begin, end] = [i, i + 1].map((part) => Math.floor((bytes * part) / threads));
    return new Worker(new URL(import.meta.url), { workerData: { file, begin, end } });
  });
  const solver = openSolver({ threads });
  const read = () => Promise.all(readers.map(readOnce));
  const screen = () => Promise.all(matrices.map((matrix) => solver.screen(matrix, KEPT)));
  try {
    const samples = { read: [], screen: [] };
    await timed(read);
    await timed(screen);
    for (let round = 0; round < rounds; round++) {
      samples.read.push(await timed(read));
      samples.screen.push(await timed(screen));
    }
    const rate = (work, clock) => gigabytes(bytes, median(samples[work].map((sample) => sample[clock])));
    const cold = async (work) => (dropCache() ? gigabytes(bytes, (await timed(work)).seconds) : null);
    return {
      read: rate("read", "seconds"),
      screen: rate("screen", "seconds"),
      readCpu: rate("read", "cpu"),
      screenCpu: rate("screen", "cpu"),
      coldRead: await cold(read),
      coldScreen: await cold(screen),
    };
  } finally {
    solver.close();
    await Promise.all(readers.map((reader) => reader.terminate()));
  }
}

/** Wall seconds, and CPU seconds of all threads. */
async function timed(work) {
  const start = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

function readOnce(reader) {
  return new Promise((resolve, reject) => {
    reader.once("message", resolve);
    reader.once("error", reject);
    reader.postMessage("read");
  });
}

function serveReads() {
  const { file, begin, end } = workerData;
  const descriptor = openSync(file);
  const buffer = Buffer.alloc(READ_BYTES);
  parentPort.on("message", () => {
    for (let at = begin; at < end; )
      at += readSync(descriptor, buffer, 0, Math.min(READ_BYTES, end - at), at);
    parentPort.postMessage("done");
  });
}

/** False where that is not allowed. */
function dropCache() {
  try {
    writeFileSync("/proc/sys/vm/drop_caches", "1");
    return true;
  } catch {
    return false;
  }
}
