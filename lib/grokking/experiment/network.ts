import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../../checkpoint/file.ts";
import { SpectrapError } from "../../solver/error.ts";
import type { BatchPlan } from "../batches.ts";
import { hiddenMlp } from "../forward-mlp.ts";
import type { Hidden } from "../hidden.ts";
import { readIdxExamples } from "../tasks/idx-examples.ts";
import { modularAddition } from "../tasks/modular-addition.ts";
import { stratifiedSubset } from "../tasks/subset.ts";
import { syntheticDigits } from "../tasks/synthetic-digits.ts";
import type { Task } from "../tasks/task.ts";
import { MlpTrainer } from "../trainer/mlp.ts";
import { ModularAdditionTrainer } from "../trainer/modular-addition.ts";
import type { Trainer } from "../trainer/trainer.ts";
import type { Experiment, MlpExperiment } from "./experiment.ts";

/** The data of an experiment, and how its network comes about. */
export interface ExperimentNetwork {
  readonly task: Task;
  readonly plan: BatchPlan;
  /** A trainer with the first parameters. */
  open(weightDecay: number): Trainer;
  /** Null for the transformer. */
  readonly hidden: Hidden | null;
}

/**
 * Makes or reads the data.
 *
 * @throws by rejection: SpectrapError `US_OPTION` for an option out of range, `IDX_*`, `CK_*`, `TASK_CLASS_TOO_SMALL`. The trainers are
 *   opened later, and throw their own.
 */
export async function experimentNetwork(experiment: Experiment): Promise<ExperimentNetwork> {
  const task = await asOption(() => taskOf(experiment));
  const batchSize = experiment.batchSize ?? task.train.count;
  return {
    task,
    plan: { examples: task.train.count, batchSize, order: experiment.batchOrder, seed: experiment.seed },
    hidden: experiment.network === "mlp" ? hiddenMlp : null,
    open(weightDecay) {
      const changed = {
        batchSize,
        weightDecay,
        lossPrecision: experiment.lossPrecision ?? experiment.precision,
      };
      return experiment.network === "mlp"
        ? new MlpTrainer(task.train, { ...experiment, ...changed })
        : new ModularAdditionTrainer(task.train, { ...experiment, ...changed });
    },
  };
}

async function taskOf(experiment: Experiment): Promise<Task> {
  if (experiment.network === "mlp") return digits(experiment);
  const { p, trainFraction, seed } = experiment;
  return modularAddition(p, trainFraction, seed);
}

async function digits({ digits, trainPerClass, seed }: MlpExperiment): Promise<Task> {
  if (digits.kind === "synthetic") return syntheticDigits({ ...digits, trainPerClass, seed });
  const names = await filesOf(digits.folder);
  const examples = (part: "train" | "t10k") =>
    readIdxExamples(
      idxFile(digits.folder, names, `${part}-images-idx3-ubyte`),
      idxFile(digits.folder, names, `${part}-labels-idx1-ubyte`),
    );
  return {
    train: stratifiedSubset(await examples("train"), trainPerClass, seed),
    test: await examples("t10k"),
  };
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw fileError(error, folder);
  }
}

/** The file of this name, as it is or packed; without either the former, for the reader to miss. */
function idxFile(folder: string, names: readonly string[], name: string): string {
  const packed = `${name}.gz`;
  return join(folder, !names.includes(name) && names.includes(packed) ? packed : name);
}

/** What a task or a trainer refuses came from an option. */
async function asOption<T>(make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof RangeError) throw new SpectrapError("US_OPTION", error.message, { cause: error });
    throw error;
  }
}
