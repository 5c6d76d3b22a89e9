import { cancelled } from "../../analysis/failure.ts";
import { integer, invalid } from "../../analysis/options.ts";
import { openSolver } from "../../solver/open.ts";
import type { Solver } from "../../solver/solver.ts";
import { batches } from "../batches.ts";
import { measure } from "../measures/measure.ts";
import { TrapMonitor, type TrapWarning } from "../monitor.ts";
import { type Phases, phases } from "../phases.ts";
import type { MeasuredRun } from "../record.ts";
import type { Trainer } from "../trainer/trainer.ts";
import { type CurveRecord, curveRecord } from "./curve.ts";
import type { Experiment } from "./experiment.ts";
import { ExperimentFolder, type MeasuredStep } from "./folder.ts";
import { experimentManifest } from "./manifest.ts";
import { measuredRun } from "./measured-run.ts";
import { type ExperimentNetwork, experimentNetwork } from "./network.ts";
import { type ExperimentProgress, ProgressMeter } from "./progress.ts";
import { writeReport } from "./report.ts";
import { type Stop, stops } from "./schedule.ts";
import { weightDecayAfter } from "./weight-decay.ts";

export interface ExperimentRunOptions {
  /** Its folder, made if missing. */
  out: string;
  /** Go on with the run in the folder; one that holds none begins a new run. Default false. */
  resume?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: ExperimentProgress) => void;
  /** At once when traps begin to stay, or are gone; after a resume, of the steps since. */
  onWarning?: (warning: TrapWarning) => void;
}

export interface ExperimentResult {
  readonly phases: Phases;
  readonly curve: readonly CurveRecord[];
  readonly measured: readonly MeasuredStep[];
  /** For tables and figures over several seeds. */
  readonly run: MeasuredRun;
}

/** A state is kept this often between checkpoints, so that a killed process loses no more. */
const STATE_SECONDS = 60;
/** Between two looks at progress. */
const LOOK_SECONDS = 0.25;

/**
 * Trains a network and keeps, in a folder, its curve, its checkpoints with all measures, and in the end phases, figures and tables.
 * A resumed run has the same bytes as one that was never interrupted, as long as the same BLAS kernels compute.
 *
 * @throws by rejection: SpectrapError `ERR_CANCELLED` once the signal is aborted, with the state of that step kept; `US_OPTION`,
 *   `TRAINING_DIVERGED`, `BLAS_NOT_FOUND`; as {@link ExperimentFolder.begin} does, and as the readers of the data do.
 */
export async function runExperiment(
  experiment: Experiment,
  options: ExperimentRunOptions,
): Promise<ExperimentResult> {
  checkSteps(experiment);
  const network = await experimentNetwork(experiment);
  const folder = new ExperimentFolder(options.out, options);
  const training = new Training(experiment, network, folder, options);
  await folder.begin(experimentManifest(experiment, network.task));
  try {
    if (!folder.finished) {
      await training.run();
      await writeReport(experiment, network, folder);
      await folder.finish();
    }
    const { curve, measured } = folder;
    return { phases: phases(curve), curve, measured, run: measuredRun(experiment, curve, measured) };
  } finally {
    training.close();
    await folder.close();
  }
}

function checkSteps({ steps, curvePerDecade, checkpointsPerDecade, shuffles, decayUntil }: Experiment): void {
  integer("steps", steps, 1, Number.MAX_SAFE_INTEGER);
  integer("curvePerDecade", curvePerDecade, 1, 10_000);
  integer("checkpointsPerDecade", checkpointsPerDecade, 1, 10_000);
  integer("shuffles", shuffles, 1, 1000);
  if (decayUntil !== null && !(decayUntil > 0 && decayUntil <= 1)) {
    throw invalid("decayUntil", decayUntil, "null or an accuracy above 0 and up to 1");
  }
}

/** One training on its way from stop to stop. */
class Training {
  readonly #experiment: Experiment;
  readonly #network: ExperimentNetwork;
  readonly #folder: ExperimentFolder;
  readonly #options: ExperimentRunOptions;
  readonly #monitor = new TrapMonitor();
  #trainer: Trainer;
  #weightDecay: number;
  #solver: Solver | null = null;
  #step = 0;
  /** Steps asked for at a time: about LOOK_SECONDS of them. */
  #stride = 16;
  #stateKept = performance.now();

  /** Checks the batches and opens the trainer, before anything is written. */
  constructor(
    experiment: Experiment,
    network: ExperimentNetwork,
    folder: ExperimentFolder,
    options: ExperimentRunOptions,
  ) {
    this.#experiment = experiment;
    this.#network = network;
    this.#folder = folder;
    this.#options = options;
    batches(network.plan, 0, 0);
    this.#weightDecay = experiment.weightDecay;
    this.#trainer = network.open(this.#weightDecay);
  }

  async run(): Promise<void> {
    const { steps, curvePerDecade, checkpointsPerDecade } = this.#experiment;
    const state = await this.#folder.state();
    if (state !== null) {
      await this.#trainer.restore(state);
      this.#step = state.step;
    }
    for (const { step, measures } of this.#folder.measured) this.#monitor.record(step, measures.layers);
    const meter = new ProgressMeter(this.#experiment, this.#step);
    const { signal } = this.#options;
    const cancel = () => this.#trainer.cancel();
    signal?.addEventListener("abort", cancel);
    try {
      for (const stop of stops(steps, curvePerDecade, checkpointsPerDecade)) {
        if (stop.step < this.#step) continue;
        await this.#advance(stop.step, meter);
        await this.#look(stop);
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      await this.#keepState();
      throw cancelled(signal);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  close(): void {
    this.#trainer.close();
    this.#solver?.close();
  }

  async #advance(target: number, meter: ProgressMeter): Promise<void> {
    await this.#endDecay();
    while (this.#step < target) {
      this.#options.signal?.throwIfAborted();
      const steps = Math.min(this.#stride, target - this.#step);
      const begun = performance.now();
      await this.#trainer.train(batches(this.#network.plan, this.#step, steps));
      this.#step += steps;
      const seconds = (performance.now() - begun) / 1000;
      if (steps === this.#stride) {
        if (seconds < LOOK_SECONDS / 2) this.#stride *= 2;
        else if (seconds > 2 * LOOK_SECONDS && this.#stride > 1) this.#stride /= 2;
      }
      this.#options.onProgress?.(meter.at(this.#step, this.#folder.latest));
      if (performance.now() - this.#stateKept > 1000 * STATE_SECONDS) await this.#keepState();
    }
    this.#options.signal?.throwIfAborted();
  }

  async #look({ step, checkpoint }: Stop): Promise<void> {
    const { seed, shuffles, precision } = this.#experiment;
    const { task, hidden } = this.#network;
    if (!this.#folder.hasCurve(step)) {
      await this.#folder.keepCurve(await curveRecord(step, this.#trainer, task));
    }
    if (!checkpoint) return;
    if (!this.#folder.hasMeasures(step)) {
      const parameters = await this.#trainer.parameters();
      const { forward } = this.#trainer;
      this.#solver ??= openSolver({ threads: 1 });
      const measures = await measure({ parameters, forward, ...(hidden === null ? {} : { hidden }) }, task, {
        seed,
        shuffles,
        solver: this.#solver,
      });
      const dtype = precision === "float32" ? "F32" : "F64";
      await this.#folder.keepCheckpoint({ step, measures }, parameters, dtype);
      for (const warning of this.#monitor.record(step, measures.layers)) this.#options.onWarning?.(warning);
    }
    await this.#keepState();
  }

  async #endDecay(): Promise<void> {
    const weightDecay = weightDecayAfter(this.#step, this.#experiment, this.#folder.curve);
    if (weightDecay === this.#weightDecay) return;
    const state = await this.#trainer.state();
    this.#trainer.close();
    this.#trainer = this.#network.open(weightDecay);
    await this.#trainer.restore(state);
    this.#weightDecay = weightDecay;
  }

  async #keepState(): Promise<void> {
    await this.#folder.keepState(await this.#trainer.state());
    this.#stateKept = performance.now();
  }
}
