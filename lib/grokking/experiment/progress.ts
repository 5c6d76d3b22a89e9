import type { CurveRecord } from "./curve.ts";
import type { Experiment } from "./experiment.ts";

export interface ExperimentProgress {
  readonly seed: number;
  /** Steps done of all. */
  readonly step: number;
  readonly steps: number;
  /** Of this session. */
  readonly secondsElapsed: number;
  /** Measuring included; null before the first step. */
  readonly stepsPerSecond: number | null;
  readonly secondsRemaining: number | null;
  /** Of the latest record of the curve; null before the first. */
  readonly trainAccuracy: number | null;
  readonly testAccuracy: number | null;
}

/** Tells how far a session has come. */
export class ProgressMeter {
  readonly #seed: number;
  readonly #steps: number;
  readonly #first: number;
  readonly #begun = performance.now();

  /** @param first step with which the session begins. */
  constructor({ seed, steps }: Pick<Experiment, "seed" | "steps">, first: number) {
    this.#seed = seed;
    this.#steps = steps;
    this.#first = first;
  }

  at(step: number, latest: CurveRecord | null): ExperimentProgress {
    const secondsElapsed = (performance.now() - this.#begun) / 1000;
    const stepsPerSecond = step > this.#first ? (step - this.#first) / secondsElapsed : null;
    return {
      seed: this.#seed,
      step,
      steps: this.#steps,
      secondsElapsed,
      stepsPerSecond,
      secondsRemaining: stepsPerSecond === null ? null : (this.#steps - step) / stepsPerSecond,
      trainAccuracy: latest?.trainAccuracy ?? null,
      testAccuracy: latest?.testAccuracy ?? null,
    };
  }
}
