import { addon } from "../../solver/addon.ts";
import { addonError } from "../../solver/addon-error.ts";
import type { NativeTrainer, NativeTrainerOptions } from "../../solver/native-trainer.ts";
import type { Examples } from "../examples.ts";
import type { Forward, Parameters } from "../parameters.ts";
import { accuracyOf, predictedClasses } from "../predictions.ts";
import type { Layout } from "./layout.ts";
import type { Evaluation, Trainer, TrainerState } from "./trainer.ts";

/** What the trainer of either network is made of: native arrays with names. */
export abstract class NetworkTrainer implements Trainer {
  readonly classes: number;
  readonly #layout: Layout;
  readonly #native: NativeTrainer;

  /** Throws BLAS_NOT_FOUND, ADDON_NOT_FOUND, or TRAINING_EXAMPLES if the network cannot have the examples. */
  constructor(
    options: NativeTrainerOptions,
    layout: Layout,
    classes: number,
    examples: Examples,
    initial: Parameters,
  ) {
    this.classes = classes;
    this.#layout = layout;
    const { inputs, labels } = examples;
    try {
      this.#native = new (addon().Trainer)(options, inputs, labels, layout.join(initial));
    } catch (cause) {
      throw addonError(cause);
    }
  }

  async train(batches: Uint32Array): Promise<Float64Array> {
    return await answered(this.#native.train(batches));
  }

  async gradients(batch: Uint32Array): Promise<{ loss: number; gradients: Parameters }> {
    const { loss, gradient } = await answered(this.#native.gradients(batch));
    return { loss, gradients: this.#layout.split(gradient) };
  }

  async evaluate({ inputs, labels }: Pick<Examples, "inputs" | "labels">): Promise<Evaluation> {
    const found = await answered(this.#native.evaluate(inputs, labels));
    return { ...found, accuracy: accuracyOf(predictedClasses(found.logits, this.classes), labels) };
  }

  readonly forward: Forward = async (parameters, inputs, count) =>
    await answered(this.#native.forward(this.#layout.join(parameters), inputs, count));

  async parameters(): Promise<Parameters> {
    return (await this.state()).parameters;
  }

  async state(): Promise<TrainerState> {
    const { step, parameters, m, v } = await answered(this.#native.state());
    const split = (all: Float64Array) => this.#layout.split(all);
    return { step, parameters: split(parameters), m: split(m), v: split(v) };
  }

  async restore({ step, parameters, m, v }: TrainerState): Promise<void> {
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new RangeError(`step must be a whole number of at least 0, received ${step}`);
    }
    const join = (named: Parameters) => this.#layout.join(named);
    await answered(this.#native.restore({ step, parameters: join(parameters), m: join(m), v: join(v) }));
  }

  cancel(): void {
    this.#native.cancel();
  }

  close(): void {
    this.#native.close();
  }
}

/** The answer, or a SpectrapError. */
async function answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    throw addonError(cause);
  }
}
