import { Command, InvalidArgumentError, Option } from "commander";
import { type EditRun, type EditRunOptions, editRun } from "../analysis/edit-run.ts";
import { invalid } from "../analysis/options.ts";
import { removeTraps } from "../analysis/remove-traps.ts";
import { editRecord, formatEdits, formatEditTable } from "../report/edits.ts";
import { jsonLine } from "../report/json-lines.ts";
import { formatWarnings } from "../report/summary.ts";
import type { Edit } from "../solver/edit.ts";
import { abortOnInterrupt } from "./interrupt.ts";
import { gibibytes, list, whole } from "./parse.ts";
import { progressSink } from "./progress.ts";
import { writeOut } from "./stdout.ts";
import { writeMeter } from "./write-meter.ts";

interface CommonFlags {
  out: string;
  layers?: string[];
  seed?: number;
  threads?: number;
  memory?: number;
  format: "table" | "json";
}

interface RemoveFlags extends CommonFlags {
  traps: boolean;
  entry?: Edit[];
  mean: boolean;
  component?: Edit[];
  force: boolean;
}

interface SmoothFlags extends CommonFlags {
  keep: number;
}

export function removeCommand(): Command {
  return common(
    new Command("remove").description(
      "Write a copy of a checkpoint with traps taken out, and show the matrices before and after.",
    ),
  )
    .option(
      "--traps",
      "give every entry that makes a trap by the calibrated test the mean of the others",
      false,
    )
    .option(
      "--entry <row,column[,tap]>",
      "give this entry the mean of the others; from 0, may be repeated, of one matrix",
      entry,
    )
    .option("--mean", "subtract the mean from every entry; with --traps only where it makes a trap", false)
    .option(
      "--component <k>",
      "subtract the k-th singular term of the shuffled copy; from 1, may be repeated",
      component,
    )
    .option("--force", "take entries and components out of down-projections too", false)
    .action((location: string, { traps, entry = [], mean, component = [], ...flags }: RemoveFlags) => {
      const named: Edit[] = [...entry, ...component];
      if (traps && named.length > 0) throw invalid("traps", true, "no --entry and no --component beside it");
      if (traps) return run(flags, analysedRemoval(location, mean, flags));
      const edits: Edit[] = mean ? [...named, { kind: "mean" }] : named;
      if (edits.length === 0) {
        throw invalid("remove", [], "--traps, or at least one --entry, --mean or --component");
      }
      return run(flags, (options) => editRun(location, edits, flags.out, options));
    });
}

export function smoothCommand(): Command {
  return common(
    new Command("smooth").description(
      "Write a copy of a checkpoint whose matrices keep their largest singular values only, and show them before and after.",
    ),
  )
    .requiredOption("--keep <k>", "singular values that stay; a matrix with no more is not changed", whole)
    .action((location: string, { keep, ...flags }: SmoothFlags) =>
      run(flags, (options) => editRun(location, [{ kind: "keep", top: keep }], flags.out, options)),
    );
}

function common(command: Command): Command {
  return command
    .argument("<location>", "a safetensors file, or a folder with a checkpoint; it is only read")
    .requiredOption("--out <dir>", "folder of the new checkpoint, new or empty")
    .option("--layers <globs>", "names to edit, with commas or repeated; a leading - excludes", list)
    .option("--seed <s>", "keys the shuffles (default: 0)", whole)
    .option("--threads <n>", "native threads (default: one per physical core)", whole)
    .option("--memory <GiB>", "peak of the whole process", gibibytes)
    .addOption(
      new Option("--format <format>", "of standard output").choices(["table", "json"]).default("table"),
    );
}

type Removal = (options: EditRunOptions) => Promise<EditRun>;

/** With a line of progress while matrices are analysed. */
function analysedRemoval(location: string, mean: boolean, { out }: CommonFlags): Removal {
  return async (options) => {
    const progress = progressSink("auto");
    const onAnalysed: typeof progress.show = (state) => {
      progress.show(state);
      if (state.done === state.total) progress.clear();
    };
    try {
      return await removeTraps(location, out, { ...options, mean, onAnalysed });
    } finally {
      progress.clear();
    }
  };
}

async function run(
  { out, memory, format, ...flags }: CommonFlags & { force?: boolean },
  edit: Removal,
): Promise<void> {
  const { signal, release } = abortOnInterrupt();
  const meter = writeMeter(process.stderr);
  try {
    const edited = await edit({
      ...flags,
      ...(memory === undefined ? {} : { peakBytes: memory }),
      signal,
      onProgress: meter.show,
    });
    meter.clear();
    process.stderr.write(formatWarnings(edited.warnings));
    if (format === "json") {
      for (const matrix of edited.matrices) await writeOut(jsonLine(editRecord(matrix)));
    } else {
      const width = process.stdout.isTTY ? { width: process.stdout.columns } : {};
      await writeOut(formatEditTable(edited.matrices, width));
    }
    process.stderr.write(formatEdits(edited, out));
  } finally {
    meter.clear();
    release();
  }
}

/** Parser of --entry. */
function entry(text: string, previous: Edit[] = []): Edit[] {
  const [, row, column, tap] = /^(\d{1,15}),(\d{1,15})(?:,(\d{1,9}))?$/.exec(text) ?? [];
  if (row === undefined) throw new InvalidArgumentError("Expected row,column from 0.");
  const place = { kind: "entry", row: Number(row), column: Number(column) } as const;
  return [...previous, tap === undefined ? place : { ...place, tap: Number(tap) }];
}

/** Parser of --component. */
function component(text: string, previous: Edit[] = []): Edit[] {
  return [...previous, ...text.split(",").map((k): Edit => ({ kind: "component", index: whole(k) }))];
}
