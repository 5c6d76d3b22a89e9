import { Command, Option } from "commander";
import { invalid } from "../analysis/options.ts";
import type { ScreenRow } from "../analysis/screen/row.ts";
import { type ScreenOptions, screen } from "../analysis/screen/screening.ts";
import { writeWhole } from "../analysis/whole-file.ts";
import {
  formatCoordinates,
  formatDistance,
  formatScreening,
  protectList,
  screenJson,
} from "../report/screen.ts";
import { formatSkipped, formatWarnings } from "../report/summary.ts";
import { exitCodes } from "./exit.ts";
import { abortOnInterrupt } from "./interrupt.ts";
import { gibibytes, list, whole } from "./parse.ts";
import { writeOut } from "./stdout.ts";

interface ScreenFlags extends Omit<ScreenOptions, "memoryBytes" | "signal" | "onProgress"> {
  memory?: number;
  protect?: string;
  failOn?: string;
  format: "table" | "json";
  quiet: boolean;
}

/** Entries are worth keeping in high precision from this margin on: published super weights begin near it. */
const PROTECT_MARGIN = 0.75;

export function screenCommand(): Command {
  return new Command("screen")
    .description("Predict traps and list extreme entries from one read of the weights; decomposes nothing.")
    .argument("<location>", "a safetensors file, or a folder with a checkpoint")
    .option("--layers <globs>", "names to screen, with commas or repeated; a leading - excludes", list)
    .option("--fused", "add the gate_up matrix of every GPT-OSS expert")
    .option("--allow-missing-shards", "screen the shards that are there")
    .option("--entries <k>", "extreme entries listed of each matrix (default: 8)", whole)
    .option("--confirm", "decompose a shuffled copy of the matrices near a trap, and show both")
    .option("--seed <s>", "keys the shuffles of --confirm (default: 0)", whole)
    .option("--protect <file>", "write the loud entries as a list to keep in high precision")
    .option("--threads <n>", "native threads (default: one per physical core)", whole)
    .option("--memory <GiB>", "for matrices at work (default: half of what is free)", gibibytes)
    .addOption(
      new Option("--fail-on <condition>", "end with exit code 3 on predicted traps").choices(["traps"]),
    )
    .addOption(
      new Option("--format <format>", "of standard output").choices(["table", "json"]).default("table"),
    )
    .option("--quiet", "nothing on standard error but errors", false)
    .action(run);
}

async function run(location: string, flags: ScreenFlags): Promise<void> {
  const { memory, protect, failOn, format, quiet, ...options } = flags;
  if (protect === "") throw invalid("protect", protect, "the name of a file");
  const say = (text: string) => quiet || process.stderr.write(text);
  const { signal, release } = abortOnInterrupt();
  const rows: ScreenRow[] = [];
  try {
    const screening = screen(location, {
      ...options,
      ...(memory === undefined ? {} : { memoryBytes: memory }),
      signal,
    });
    const { checkpoint, skipped } = await screening.plan();
    say(formatWarnings(checkpoint.warnings) + formatSkipped(skipped));
    for await (const row of screening) {
      rows.push(row);
      if (format === "json") await writeOut(screenJson(row));
    }
    if (format === "table") {
      const suspicious = rows.filter((row) => row.error !== null || row.near === true);
      const width = process.stdout.isTTY ? process.stdout.columns : undefined;
      await writeOut(formatDistance(rows) + formatScreening(suspicious, width));
    }
    const coordinates = formatCoordinates(await screening.coordinates());
    if (format === "table") await writeOut(coordinates);
    else say(formatDistance(rows) + coordinates);
    if (protect !== undefined) await writeWhole(protect, [protectList(rows, PROTECT_MARGIN)]);
    if (rows.some(({ error }) => error !== null)) process.exitCode = exitCodes.errorRows;
    if (failOn === "traps" && rows.some(({ predictedTraps }) => (predictedTraps ?? 0) > 0)) {
      process.exitCode = exitCodes.conditionMet;
    }
  } finally {
    release();
  }
}
