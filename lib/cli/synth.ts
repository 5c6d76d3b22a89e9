import { Command, InvalidArgumentError, Option } from "commander";
import { SHAPES, type SynthOptions } from "../checkpoint/synth/options.ts";
import { synthesize, type Truth } from "../checkpoint/synth/synthesize.ts";
import { exitCodes } from "./exit.ts";
import { abortOnInterrupt } from "./interrupt.ts";
import { whole } from "./parse.ts";
import { writeMeter } from "./write-meter.ts";

export function synthCommand(): Command {
  return new Command("synth")
    .description(
      "Write a synthetic checkpoint with planted traps and tails, and truth.json that says where they are.",
    )
    .argument("<dir>", "directory to write; created if missing")
    .addOption(new Option("--shape <shape>", "what to imitate").choices(SHAPES).default("gpt-oss-20b"))
    .option("--layers <n>", "number of layers", whole)
    .option("--experts <n>", "experts per layer (GPT-OSS)", whole)
    .option("--hidden <n>", "width of the residual stream; sizes left out shrink with it", whole)
    .option("--intermediate <n>", "width inside the MLP", whole)
    .option("--vocab <n>", "rows of embedding and head", whole)
    .option("--heads <n>", "query heads", whole)
    .option("--kv-heads <n>", "key and value heads", whole)
    .option("--head-dim <n>", "width of a head", whole)
    .addOption(
      new Option("--layout <layout>", "names of a GPT-OSS release").choices(["hf", "original"]).default("hf"),
    )
    .addOption(
      new Option("--dtype <dtype>", "of a dense checkpoint").choices(["BF16", "F32"]).default("BF16"),
    )
    .option("--shards <n>", "weight files (default: one per 4.6 GB)", whole)
    .option("--seed <n>", "same seed, same numbers", whole, 0)
    .addOption(
      new Option("--traps <what>", "single large entries").choices(["none", "planted"]).default("planted"),
    )
    .option("--tail <exponents>", "planted tail exponents, dealt out in turn (default: 2.5,3.5,5)", exponents)
    .option("--force", "replace the checkpoint that lies in the directory", false)
    .option("--quiet", "nothing on standard error but errors", false)
    .action(run);
}

async function run(
  directory: string,
  { quiet, ...options }: SynthOptions & { quiet: boolean },
): Promise<void> {
  const { signal, release } = abortOnInterrupt();

  const meter = writeMeter(quiet ? null : process.stderr);
  try {
    const truth = await synthesize(directory, options, { signal, onProgress: meter.show });
    meter.clear();
    if (!quiet) process.stderr.write(`${summary(directory, truth)}\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
    meter.clear();
    process.stderr.write(`interrupted, nothing new was left in ${directory}\n`);
    process.exitCode = exitCodes.interrupted;
  } finally {
    release();
  }
}

function summary(directory: string, truth: Truth): string {
  const bytes = truth.files.reduce((sum, file) => sum + file.bytes, 0);
  const traps = truth.matrices.reduce((sum, matrix) => sum + matrix.outliers.length, 0);
  const tails = truth.matrices.filter((matrix) => matrix.alpha !== null).length;
  return (
    `${directory}: ${truth.matrices.length} matrices, ${(bytes / 1e6).toFixed(1)} MB in ${truth.files.length} ` +
    `${truth.files.length === 1 ? "file" : "files"}; ${traps} traps and ${tails} heavy tails planted, see truth.json`
  );
}

function exponents(text: string): number[] {
  if (!/^\d+(\.\d+)?(,\d+(\.\d+)?)*$/.test(text)) {
    throw new InvalidArgumentError("Expected numbers with commas.");
  }
  return text.split(",").map(Number);
}
