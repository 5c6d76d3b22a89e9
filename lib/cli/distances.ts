import { Command, Option } from "commander";
import type { DistanceRow } from "../analysis/distance-row.ts";
import { type DistanceOptions, distances } from "../analysis/distances.ts";
import {
  distanceCsv,
  distanceCsvHeader,
  distanceJson,
  distanceTable,
  formatDistances,
  formatUnmatched,
} from "../report/distances.ts";
import { formatWarnings } from "../report/summary.ts";
import { exitCodes } from "./exit.ts";
import { abortOnInterrupt } from "./interrupt.ts";
import { gibibytes, list, whole } from "./parse.ts";
import type { Format } from "./row-writer.ts";
import { writeOut } from "./stdout.ts";

interface DistanceFlags extends Omit<DistanceOptions, "memoryBytes" | "peakBytes" | "signal"> {
  memory?: number;
  format: Format;
  quiet: boolean;
}

export function distancesCommand(): Command {
  return new Command("distances")
    .description("Compare the matrices of two checkpoints that have the same names; reads both once.")
    .argument("<first>", "a safetensors file, or a folder with a checkpoint or a LoRA adapter")
    .argument("<second>", "another one")
    .option("--layers <globs>", "names to compare, with commas or repeated; a leading - excludes", list)
    .option("--fused", "add the gate_up matrix of every GPT-OSS expert")
    .option("--allow-missing-shards", "compare the shards that are there")
    .option("--cka", "add CKA, which costs matrix products")
    .option("--threads <n>", "native threads (default: one per physical core)", whole)
    .option(
      "--memory <GiB>",
      "peak of the whole process (default: matrices at work get half of what is free)",
      gibibytes,
    )
    .addOption(
      new Option("--format <format>", "of standard output")
        .choices(["table", "json", "csv"])
        .default("table"),
    )
    .option("--quiet", "nothing on standard error but errors", false)
    .action(run);
}

async function run(first: string, second: string, flags: DistanceFlags): Promise<void> {
  const { memory, format, quiet, ...options } = flags;
  const say = (text: string) => quiet || process.stderr.write(text);
  const { signal, release } = abortOnInterrupt();
  const peak = memory === undefined ? {} : { peakBytes: memory };
  const comparison = distances(first, second, { ...options, ...peak, signal });
  const rows: DistanceRow[] = [];
  try {
    const plan = await comparison.plan();
    say(formatWarnings([...plan.first.warnings, ...plan.second.warnings]) + formatUnmatched(plan));
    if (format === "csv") await writeOut(distanceCsvHeader());
    try {
      for await (const row of comparison) {
        rows.push(row);
        if (format !== "table") await writeOut(format === "json" ? distanceJson(row) : distanceCsv(row));
      }
    } finally {
      if (format === "table" && rows.length > 0) {
        await writeOut(distanceTable(rows, process.stdout.isTTY ? process.stdout.columns : undefined));
      }
    }
    say(formatDistances(rows));
    if (rows.some(({ error }) => error !== null)) process.exitCode = exitCodes.errorRows;
  } finally {
    release();
  }
}
