import { Command, Option } from "commander";
import { integer } from "../analysis/options.ts";
import type { DigitSource, Experiment, ExperimentTraining } from "../grokking/experiment/experiment.ts";
import {
  MLP_PRESETS,
  type MlpPreset,
  MODULAR_ADDITION_PRESETS,
  type ModularAdditionPreset,
  mlpExperiment,
  modularAdditionExperiment,
} from "../grokking/experiment/presets.ts";
import type { ExperimentResult } from "../grokking/experiment/run.ts";
import type { TrapWarning } from "../grokking/monitor.ts";
import { jsonLine } from "../report/json-lines.ts";
import { formatResult, formatWarning, grokProgressLine } from "./grok-text.ts";
import { abortOnInterrupt } from "./interrupt.ts";
import { decimal, whole } from "./parse.ts";
import { lineSink, type ProgressMode } from "./progress.ts";
import { writeOut } from "./stdout.ts";

/** Of both networks; undefined: as the preset has it. */
interface GrokFlags extends Partial<Omit<ExperimentTraining, "batchOrder">> {
  seeds?: number;
  batches?: ExperimentTraining["batchOrder"];
  stablemax?: boolean;
  out?: string;
  resume: boolean;
  format: "table" | "json";
  progress: ProgressMode;
  quiet: boolean;
}

interface MlpFlags extends GrokFlags {
  preset: MlpPreset;
  initScale?: number;
  perClass?: number;
  difficulty?: number;
  idx?: string;
}

interface ModularAdditionFlags extends GrokFlags {
  preset: ModularAdditionPreset;
  p?: number;
  trainFraction?: number;
  decayUntil?: number;
}

export function grokCommand(): Command {
  return new Command("grok")
    .description(
      "Train the networks of the anti-grokking paper, measure them on the way, and take their traps out.",
    )
    .addCommand(mlpCommand())
    .addCommand(modularAdditionCommand());
}

function mlpCommand(): Command {
  const command = new Command("mlp")
    .description("The multilayer perceptron on digits: synthetic ones, or the user's.")
    .addOption(new Option("--preset <name>", "what to begin with").choices(MLP_PRESETS).default("quick"))
    .option("--init-scale <x>", "factor of the first parameters", decimal)
    .option("--per-class <n>", "training images of each class", whole)
    .option("--difficulty <x>", "of synthetic digits, from 0 to 1", decimal)
    .option(
      "--idx <folder>",
      "the four IDX files of MNIST or a set like it, raw or gzip, in place of synthetic digits",
    );
  return shared(command).action(runMlp);
}

function modularAdditionCommand(): Command {
  const command = new Command("modadd")
    .description("The one-block transformer on addition modulo p.")
    .addOption(
      new Option("--preset <name>", "what to begin with").choices(MODULAR_ADDITION_PRESETS).default("nanda"),
    )
    .option(
      "--p <p>",
      "the modulus; below 64 with a smaller network and 0.6 of the pairs (default: 113)",
      whole,
    )
    .option("--train-fraction <x>", "share of the pairs that is trained on", decimal)
    .option("--decay-until <accuracy>", "end weight decay at this test accuracy", decimal);
  return shared(command).action(runModularAddition);
}

function shared(command: Command): Command {
  return command
    .option("--seed <s>", "keys everything that is drawn (default: 0)", whole)
    .option("--seeds <n>", "as many seeds from --seed on, one after the other", whole)
    .option("--steps <n>", "steps of training", whole)
    .option("--batch-size <n>", "examples of a step, a divisor of their number", whole)
    .addOption(new Option("--batches <order>", "of every epoch").choices(["fixed", "reshuffled"]))
    .option("--learning-rate <x>", "of AdamW", decimal)
    .option("--weight-decay <x>", "of AdamW", decimal)
    .addOption(new Option("--precision <p>", "of the network").choices(["float32", "float64"]))
    .addOption(new Option("--loss-precision <p>", "of the loss").choices(["float32", "float64"]))
    .option("--stablemax", "stablemax in place of the softmax or the squared error")
    .option("--zero-sum", "take the mean over the classes out of the logits' gradient")
    .option("--shuffles <n>", "shuffled copies of each matrix at a checkpoint (default: 10)", whole)
    .option("--out <dir>", "folder of the run (default: grok-<network>-<preset>)")
    .option("--resume", "go on with the run in the folder where it was interrupted", false)
    .addOption(
      new Option("--format <format>", "of standard output").choices(["table", "json"]).default("table"),
    )
    .addOption(
      new Option("--progress <mode>", "on standard error; auto: if it is a terminal")
        .choices(["auto", "json", "none"])
        .default("auto"),
    )
    .option("--quiet", "nothing on standard error but errors and progress asked for", false);
}

function runMlp(flags: MlpFlags): Promise<void> {
  const { preset, initScale, perClass, difficulty, idx } = flags;
  const usual = mlpExperiment(preset);
  const digits: DigitSource =
    idx !== undefined
      ? { kind: "idx", folder: idx }
      : usual.digits.kind === "synthetic" && difficulty !== undefined
        ? { ...usual.digits, difficulty }
        : usual.digits;
  const changes = { ...training(flags), digits, ...named({ initScale, trainPerClass: perClass }) };
  return run(mlpExperiment(preset, changes), `grok-mlp-${preset}`, flags);
}

function runModularAddition(flags: ModularAdditionFlags): Promise<void> {
  const { preset, p, trainFraction, decayUntil } = flags;
  const changes = { ...training(flags), ...named({ p, trainFraction, decayUntil }) };
  const suffix = p === undefined ? "" : `-p${p}`;
  return run(modularAdditionExperiment(preset, changes), `grok-modadd-${preset}${suffix}`, flags);
}

function training(flags: GrokFlags): Partial<ExperimentTraining> {
  const { seed, steps, batchSize, batches, learningRate, weightDecay } = flags;
  const { precision, lossPrecision, stablemax, zeroSum, shuffles } = flags;
  return named({
    ...{ seed, steps, batchSize, batchOrder: batches, learningRate, weightDecay },
    ...{ precision, lossPrecision, zeroSum, shuffles },
    loss: stablemax === true ? ("stablemax" as const) : undefined,
  });
}

/** Without what the user did not say. */
function named<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** What trains and measures is loaded here: every other command starts without it. */
async function run(experiment: Experiment, usualFolder: string, flags: GrokFlags): Promise<void> {
  const { runExperiment } = await import("../grokking/experiment/run.ts");
  const { runSeeds } = await import("../grokking/experiment/seeds.ts");
  const { comparison } = await import("../grokking/experiment/comparison.ts");
  const { toText } = await import("../grokking/tables/table.ts");
  const { out = usualFolder, resume, format, progress: mode, quiet, seeds } = flags;
  if (seeds !== undefined) integer("seeds", seeds, 1, 1000);
  const progress = lineSink(
    quiet && mode === "auto" ? "none" : mode,
    process.stderr,
    grokProgressLine,
    ({ step, steps }) => step >= steps,
  );
  const { signal, release } = abortOnInterrupt();
  const say = (text: string) => quiet || process.stderr.write(text);
  const onWarning = (warning: TrapWarning) => {
    progress.clear();
    say(formatWarning(warning));
  };
  const options = { out, resume, signal, onProgress: progress.show, onWarning };
  const results: ExperimentResult[] = [];
  const show = async (result: ExperimentResult, folder: string) => {
    results.push(result);
    progress.clear();
    const { phases, run } = result;
    if (format === "json") await writeOut(jsonLine({ seed: run.seed, folder, phases, run }));
    else await writeOut(formatResult(run.seed, folder, phases));
  };
  try {
    if (seeds === undefined) await show(await runExperiment(experiment, options), out);
    else for await (const result of runSeeds(experiment, seeds, options)) await show(result, result.folder);
    if (format === "json") return;
    await writeOut(
      `\n${toText(
        comparison(
          experiment,
          results.map(({ run }) => run),
        ),
      )}`,
    );
  } finally {
    progress.clear();
    if (signal.aborted) say(`what is done is kept: go on with --resume --out ${out}\n`);
    release();
  }
}
