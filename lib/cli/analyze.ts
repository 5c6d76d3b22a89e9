import { Command, InvalidArgumentError, Option } from "commander";
import { analyze } from "../analysis/analyze.ts";
import { CONDITIONS, type Condition, rowsThatMeet } from "../analysis/conditions.ts";
import { type AnalyzeOptions, invalid } from "../analysis/options.ts";
import type { Row } from "../analysis/row.ts";
import { RunFolder } from "../analysis/run-folder.ts";
import { summarize } from "../analysis/summary.ts";
import { recordRun } from "../report/record-run.ts";
import {
  formatCondition,
  formatRestored,
  formatRun,
  formatSkipped,
  formatSummary,
  formatWarnings,
} from "../report/summary.ts";
import { SOLVERS } from "../solver/open.ts";
import { exitCodes } from "./exit.ts";
import { abortOnInterrupt } from "./interrupt.ts";
import { gibibytes, list, whole } from "./parse.ts";
import { type ProgressMode, progressSink } from "./progress.ts";
import { type Format, rowWriter } from "./row-writer.ts";

interface AnalyzeFlags extends Omit<AnalyzeOptions, "memoryBytes" | "peakBytes" | "signal" | "onProgress"> {
  memory?: number;
  out?: string;
  resume: boolean;
  saveSpectra: boolean;
  failOn?: Condition[];
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
    .argument("<location>", "a safetensors file, or a folder with a checkpoint or a LoRA adapter")
    .option(
      "--base <location>",
      "what it was made from: analyse the differences W − W₀, or the adapter merged into it",
    )
    .option("--layers <globs>", "names to analyse, with commas or repeated; a leading - excludes", list)
    .option("--fused", "add the gate_up matrix of every GPT-OSS expert")
    .option("--allow-missing-shards", "analyse the shards that are there")
    .addOption(
      new Option(
        "--shuffle <when>",
        "make shuffled copies; auto: where a trap is predicted or nearly so (default: always)",
      ).choices(["always", "auto", "never"]),
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
    .addOption(
      new Option("--solver <name>", "who computes (default: native; lapack with the reference)").choices(
        SOLVERS,
      ),
    )
    .option("--ww-compat", "fill the rand_ columns by WeightWatcher's own scheme of shuffles")
    .option("--per-tap", "a row for each tap of a convolution kernel, instead of one for all")
    .option("--inverse", "also fit the spectrum of the inverse")
    .option("--xmin-peak", "also fit with xmin near the peak of the log histogram")
    .option("--drop-top <k>", "also fit without the k largest eigenvalues", whole)
    .option("--farms", "also fit the spectra of square windows: alpha without the influence of N/M")
    .option("--vectors", "also measure how localised the eigenvectors of bulk and tail are")
    .option("--bootstrap <n>", "also judge the fit of alpha by n bootstrap samples", whole)
    .option("--threads <n>", "native threads (default: one per physical core)", whole)
    .option(
      "--memory <GiB>",
      "peak of the whole process (default: matrices at work get half of what is free)",
      gibibytes,
    )
    .option("--out <dir>", "keep the run in this folder: journal, rows, sketches, summary")
    .option("--resume", "go on with the run in --out where it was interrupted", false)
    .option("--save-spectra", "also keep every eigenvalue in --out, as safetensors", false)
    .option(
      "--fail-on <conditions>",
      "end with exit code 3 on traps, alpha (outside 2 to 6) or errors",
      conditions,
    )
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
  const {
    memory,
    out,
    resume,
    saveSpectra,
    failOn = [],
    format,
    sort,
    progress: mode,
    quiet,
    ...options
  } = flags;
  checkFlags(flags);
  const say = (text: string) => quiet || process.stderr.write(text);
  const progress = progressSink(quiet && mode === "auto" ? "none" : mode);
  const { signal, release } = abortOnInterrupt();

  const analysis = analyze(location, {
    ...options,
    ...(memory === undefined ? {} : { peakBytes: memory }),
    signal,
    onProgress: progress.show,
  });
  const folder = out === undefined ? null : new RunFolder(out, { resume, saveSpectra });
  const rows: Row[] = [];
  const writer = rowWriter(format, sort);
  try {
    const { checkpoint, base, skipped, items } = await analysis.plan();
    say(formatWarnings([...checkpoint.warnings, ...(base?.warnings ?? [])]) + formatSkipped(skipped));
    try {
      for await (const row of folder === null ? analysis : recordRun(analysis, folder)) {
        if (rows.length === 0 && folder !== null) say(formatRestored(folder, items.length));
        rows.push(row);
        if (format !== "table") progress.clear();
        await writer.row(row);
      }
    } finally {
      progress.clear();
      await writer.end(rows); // what is finished is worth showing after Ctrl-C too
      if (signal.aborted && folder !== null)
        say(`what is finished is kept: go on with --resume --out ${out}\n`);
    }
    const summary = summarize(rows);
    say(formatRun(analysis.record(), rows) + formatSummary(summary));
    if (summary.failed > 0) process.exitCode = exitCodes.errorRows;
    for (const condition of failOn) {
      const met = rowsThatMeet(condition, rows);
      if (met.length === 0) continue;
      process.stderr.write(formatCondition(condition, met));
      process.exitCode = exitCodes.conditionMet;
    }
  } finally {
    release();
  }
}

/** Combinations that could only disappoint. */
function checkFlags({ out, resume, saveSpectra, failOn = [], shuffle }: AnalyzeFlags): void {
  if (resume && out === undefined) throw invalid("resume", true, "together with out: the folder of the run");
  if (saveSpectra && out === undefined)
    throw invalid("saveSpectra", true, "together with out: where to keep them");
  if (shuffle === "never" && failOn.includes("traps")) {
    throw invalid("failOn", failOn, 'no traps with shuffle "never": none would be counted');
  }
}

/** Parser of --fail-on. */
function conditions(text: string, previous: Condition[] = []): Condition[] {
  return list(text, previous).map((name) => {
    const condition = CONDITIONS.find((known) => known === name);
    if (condition === undefined) throw new InvalidArgumentError(`Allowed are ${CONDITIONS.join(", ")}.`);
    return condition;
  });
}
