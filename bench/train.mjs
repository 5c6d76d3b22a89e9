// npm run bench:train
//
// Steps a second of the trainer for 784–200–200–10 with batches of 200 (the paper's network), in both precisions, beside the
// matrix products of a step alone: same shapes, same kernel, same process, in turns. Both in CPU time of one thread, so that
// neighbours disturb them little; what counts is the share of the floor. Options: --rounds 7  --steps 60.
import { parseArgs } from "node:util";
import { addon } from "../dist/solver/addon.js";
import { machine } from "../dist/solver/machine.js";
import { machineLine, printTable, short, writeLines } from "./common.mjs";

const { values: args } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, steps: { type: "string", default: "60" } },
});
const steps = Number(args.steps);
const widths = [784, 200, 200, 10];
const batchSize = 200;

const { bench, blas } = addon();
const common = {
  schema: "spectrap-bench-train/1",
  machine: machine(),
  blas: blas(),
  widths,
  batchSize,
  steps,
};
console.log(`${machineLine(common.machine)}, ${common.blas.library} (${common.blas.kernel})`);

const records = ["float32", "float64"].map((precision) => {
  const rounds = Array.from({ length: Number(args.rounds) }, () =>
    bench.trainMlp(widths, batchSize, precision, steps),
  );
  const seconds = (part) => median(rounds.map((round) => round[part].cpuSeconds)) / steps;
  const share = median(rounds.map((round) => round.products.cpuSeconds / round.steps.cpuSeconds));
  return { ...common, precision, step: seconds("steps"), products: seconds("products"), share };
});
printTable(
  records.map(({ precision, step, products, share }) => ({
    precision,
    "steps/s": short(1 / step),
    "ms a step": short(step * 1e3),
    "of it products": short(products * 1e3),
    "share of the floor": `${(100 * share).toFixed(0)}%`,
  })),
);
writeLines("train.jsonl", records);

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
