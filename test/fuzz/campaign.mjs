/**
 * Runs a fuzzer: a worker executes case after case, each drawn from the seed and its number alone; the main thread
 * watches that it gets on, also when it is stuck in an endless loop.
 *
 *   node <fuzzer> [--runs n] [--seed n] [--first n]      `--first n --runs 1` repeats case n
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Random } from "./random.mjs";

/** A case that takes longer is a finding. */
const SLOWEST_MS = 1000;
/** A case that is not done by then is given up. */
const STUCK_MS = 5000;

/**
 * `execute(random)` runs one case and returns the code it ended with; what it throws is a finding. `expected` are the
 * codes that must be reached, each with the reason if no case here can.
 */
export async function campaign(url, { name, runs, expected, start }) {
  if (isMainThread) await watch(url, name, runs, expected);
  else await work(await start());
}

async function watch(url, name, defaultRuns, expected) {
  const options = { runs: { type: "string" }, seed: { type: "string" }, first: { type: "string" } };
  const { values } = parseArgs({ options });
  const runs = Number(values.runs ?? defaultRuns);
  const seed = Number(values.seed ?? 1);
  const first = Number(values.first ?? 0);
  console.log(`${name}: ${runs} executions from number ${first}, seed ${seed}`);
  const done = new Int32Array(new SharedArrayBuffer(4));
  const begin = performance.now();
  const { codes, slowest, finding } = await outcome(url, { runs, seed, first, done });
  console.log(
    `executions        ${Atomics.load(done, 0)} in ${((performance.now() - begin) / 1000).toFixed(1)} s`,
  );
  for (const [code, count] of Object.entries(codes).sort()) console.log(`  ${code.padEnd(26)} ${count}`);
  for (const [code, excuse] of Object.entries(expected)) {
    if (!(code in codes))
      console.log(`  ${code.padEnd(26)} not reached${excuse === "" ? "" : `: ${excuse}`}`);
  }
  console.log(`slowest execution ${slowest.ms.toFixed(1)} ms (number ${slowest.execution})`);
  console.log(
    `findings          ${finding === null ? "none" : `number ${finding.execution}: ${finding.what}`}`,
  );
  if (finding !== null) process.exitCode = 1;
}

/** What the worker reports at its end, or that it is stuck. */
function outcome(url, { runs, seed, first, done }) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(url), { workerData: { runs, seed, first, done } });
    let seen = -1;
    let since = performance.now();
    const timer = setInterval(() => {
      const now = Atomics.load(done, 0);
      if (now !== seen) since = performance.now();
      seen = now;
      if (performance.now() - since < STUCK_MS) return;
      clearInterval(timer);
      void worker.terminate();
      const execution = first + now;
      resolve({
        codes: {},
        slowest: { ms: STUCK_MS, execution },
        finding: { execution, what: "does not end" },
      });
    }, 200);
    worker.on("message", resolve);
    worker.on("error", reject);
    worker.on("exit", () => clearInterval(timer));
  });
}

async function work(execute) {
  const { runs, seed, first, done } = workerData;
  const codes = {};
  const slowest = { ms: 0, execution: first };
  let finding = null;
  for (let execution = first; execution < first + runs && finding === null; execution++) {
    try {
      const { reached, ms } = await timed(() => execute(new Random(seed, execution)));
      for (const code of reached) codes[code] = (codes[code] ?? 0) + 1;
      if (ms > slowest.ms) Object.assign(slowest, { ms, execution });
      if (ms > SLOWEST_MS) finding = { execution, what: `took ${ms.toFixed(0)} ms` };
    } catch (error) {
      finding = { execution, what: error.stack };
    }
    Atomics.add(done, 0, 1);
  }
  parentPort.postMessage({ codes, slowest, finding });
}

/** A case that seems slow runs twice more and its fastest run counts: a busy machine stands still for a second at times. */
async function timed(execute) {
  let fastest = Number.POSITIVE_INFINITY;
  let reached = [];
  for (let tries = 3; tries > 0 && fastest > SLOWEST_MS; tries--) {
    const begin = performance.now();
    reached = [await execute()].flat();
    fastest = Math.min(fastest, performance.now() - begin);
  }
  return { reached, ms: fastest };
}
