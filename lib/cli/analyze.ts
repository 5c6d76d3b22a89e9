import { Command, Option } from "commander";
import { analyze } from "../analysis/analyze.ts";
import type { AnalyzeOptions } from "../analysis/options.ts";
import type { Row } from "../analysis/row.ts";
import { summarize } from "../analysis/summary.ts";
import { RunFolder } from "../report/run-folder.ts";
import { formatRun, formatSkipped, formatSummary, formatWarnings } from "../report/summary.ts";
import { exitCodes } from "./exit.ts";
import { gibibytes, list, whole } from "./parse.ts";
import { type ProgressMode, progressSink } from "./progress.ts";
import { type Format, rowWriter } from "./row-writer.ts";

interface AnalyzeFlags extends Omit<AnalyzeOptions, "memoryBytes" | "signal" | "onProgress"> {
  memory?: number;
  out?: string;
  format: Format;
  sort: "plan" | "worst";
  progress: ProgressMode;
  quiet: boolean;
}

export function analyzeCommand(): Command {
  return new Command("analyze")
    .description(
      "Analyse every weight matrix: spectrum, power-law tail, bulk, and traps of its shuffled copy.",
    )
    .argument("<location>", "a safetensors file, or a folder with a checkpoint")
    .option("--layers <globs>", "names to analyse, with commas or repeated; a leading - excludes", list)
    .option("--fused", "add the gate_up matrix of every GPT-OSS expert")
    .option("--allow-missing-shards", "analyse the shards that are there")
    .addOption(
      new Option("--shuffle <when>", "make shuffled copies (default: always)").choices(["always", "never"]),
    )
    .option("--shuffle-replicas <n>", "shuffled copies of each matrix (default: 1)", whole)
    .option("--seed <s>", "keys the shuffles (default: 0)", whole)
    .option("--min-evals <n>", "fit only spectra of at least this many eigenvalues (default: 10)", whole)
    .addOption(
      new Option("--precision <p>", "arithmetic (default: double)").choices([
        "double",
        "single",
        "reference",
      ]),
    )
    .option("--ww-compat", "fill the rand_ columns by WeightWatcher's own scheme of shuffles")
    .option("--inverse", "also fit the spectrum of the inverse")
    .option("--xmin-peak", "also fit with xmin near the peak of the log histogram")
    .option("--drop-top <k>", "also fit without the k largest eigenvalues", whole)
    .option("--threads <n>", "native threads (default: one per physical core)", whole)
    .option("--memory <GiB>", "budget for matrices at work (default: half of what is free)", gibibytes)
    .option("--out <dir>", "also write rows and summary to a new folder")
    .addOption(
      new Option("--format <format>", "of standard output")
        .choices(["table", "json", "csv"])
        .default("table"),
    )
    .addOption(new Option("--sort <order>", "of the table").choices(["plan", "worst"]).default("plan"))
    .addOption(
      new Option("--progress <mode>", "on standard error; auto: if it is a terminal")
        .choices(["auto", "json", "none"])
        .default("auto"),
    )
    .option("--quiet", "nothing on standard error but errors and progress asked for", false)
    .action(run);
}

async function run(location: string, flags: AnalyzeFlags): Promise<void> {
  const { memory, out, format, sort, progress: mode, quiet, ...options } = flags;
  const say = (text: string) => quiet || process.stderr.write(text);
  const progress = progressSink(quiet && mode === "auto" ? "none" : mode);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt); // a second Ctrl-C ends the process at once

  const analysis = analyze(location, {
    ...options,
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    signal: stop.signal,
    onProgress: progress.show,
  });
  const rows: Row[] = [];
  const writer = rowWriter(format, sort);
  try {
    const { checkpoint, skipped } = await analysis.plan();
    say(formatWarnings(checkpoint.warnings) + formatSkipped(skipped));
    const folder = out === undefined ? null : await RunFolder.create(out);
    try {
      for await (const row of analysis) {
        rows.push(row);
        await folder?.write(row);
        if (format !== "table") progress.clear();
        await writer.row(row);
      }
    } finally {
      progress.clear();
      await writer.end(rows); // what is finished is worth showing after Ctrl-C too
    }
    const summary = summarize(rows);
    const record = analysis.record();
    await folder?.finish({ summary, skipped, run: record });
    say(formatRun(record, rows) + formatSummary(summary));
    if (summary.failed > 0) process.exitCode = exitCodes.errorRows;
  } finally {
    process.off("SIGINT", interrupt);
  }
}
