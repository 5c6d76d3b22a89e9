// npm run bench:simulations
//
// The simulated rates and errors that docs/method.md gives, each beside what the method page says it should be:
//   edges   rejection rates of noise at the upper and the lower edge of a spectrum
//   bulk    the two estimates of a matrix's own bulk where the truth is known, and the soft rank's interval
//   tails   rejection rates of the tests of a power law, the deviation of alpha
//   auto    what --shuffle auto may miss near its border
// Options: --only edges,bulk,tails,auto, --seed n (default 1), --quick (a hundredth of the draws). Prints Markdown and writes
// bench/results/simulations.json, without --quick. About five minutes on two idle cores.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "../dist/solver/machine.js";
import { openSolver } from "../dist/solver/open.js";
import { commandLine, machineLine, markdownTable, resultsFolder } from "./common.mjs";
import { auto } from "./simulations/auto.mjs";
import { bulk } from "./simulations/bulk.mjs";
import { edges } from "./simulations/edges.mjs";
import { tails } from "./simulations/tails.mjs";

const simulations = { edges, bulk, tails, auto };
const { values: args } = parseArgs({
  options: {
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    quick: { type: "boolean", default: false },
  },
});
const names = args.only?.split(",") ?? Object.keys(simulations);
const unknown = names.find((name) => !Object.hasOwn(simulations, name));
if (unknown !== undefined) throw new Error(`--only takes ${Object.keys(simulations)}, got ${unknown}`);
const seed = Number(args.seed);
/** Of so many draws by default, those of this run; two at least, since deviations are taken. */
const count = (draws) => (args.quick ? Math.max(2, Math.round(draws / 100)) : draws);

const solver = openSolver({ solver: "native" });
console.log(`${machineLine(machine())}\nseed ${seed}, kernels ${solver.kernel}`);
const started = Date.now();
const results = {};
try {
  for (const name of names) {
    const begun = Date.now();
    const { cells, tables } = await simulations[name]({ solver, seed, count });
    results[name] = cells;
    for (const { title, rows } of tables) console.log(`\n${name}: ${title}\n\n${markdownTable(rows)}`);
    process.stderr.write(`${name}: ${((Date.now() - begun) / 1000).toFixed(0)} s\n`);
  }
} finally {
  solver.close();
}
if (!args.quick) {
  mkdirSync(resultsFolder, { recursive: true });
  const record = {
    schema: "spectrap-bench-simulations/1",
    date: new Date().toISOString(),
    command: commandLine("npm run bench:simulations"),
    machine: machine(),
    seed,
    seconds: (Date.now() - started) / 1000,
    ...results,
  };
  const file = join(resultsFolder, "simulations.json");
  writeFileSync(file, `${JSON.stringify(record, null, 1)}\n`);
  console.log(`\n${file}, ${record.seconds.toFixed(0)} s`);
}
