import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../analysis/record.ts";
import { SpectrapError } from "../solver/error.ts";
import { machine } from "../solver/machine.ts";
import type { Ceilings } from "../solver/native-bench.ts";
import type { ChildOptions } from "./child.ts";
import type { BenchPrecision, Contender } from "./contenders.ts";
import { contender } from "./contenders.ts";
import { hasWeights, testMatrix } from "./kinds.ts";
import { eigenFlops, type SolverRecord } from "./record.ts";
import {
  findContender,
  findKernels,
  type KernelChoice,
  type Kernels,
  runNative,
  runSample,
  type Sample,
} from "./runners.ts";
import { median } from "./statistics.ts";
import type { Entry } from "./suite.ts";

export interface SolverBenchOptions extends ChildOptions {
  entries: readonly Entry[];
  contenders: readonly Contender[];
  precisions: readonly BenchPrecision[];
  rounds: number;
  /** No further round of a matrix begins when its rounds have taken this many seconds. Default: without end. */
  patience?: number;
  seed: number;
  /** How this run can be repeated, for the record. */
  command: string;
  /** What a reader should know besides: who is not here and why, and what is measured just now. */
  onNote?: (note: string) => void;
}

/** One contender in one precision with one choice of kernel. */
interface Runner {
  contender: Contender;
  precision: BenchPrecision;
  choice: KernelChoice;
}

/** Independent of each other first: syevd_2stage shares no reduction with the other two. */
const REFERENCES = ["lapack-syevd-2stage", "lapack-syevd", "lapack-syevr"];

/**
 * Every contender on every matrix, each run in a fresh process on one thread, in turn within each round; yields the
 * medians of a matrix when its rounds are done. A contender that is not here, or fails on a matrix, is left out with a note.
 * Rejects with BENCH_FAILED or a code of the addon when a run of spectrap fails.
 */
export async function* solverBench(options: SolverBenchOptions): AsyncGenerator<SolverRecord> {
  const { entries, seed, pin = null, signal, onNote = () => {} } = options;
  const { rounds, patience = Number.POSITIVE_INFINITY } = options;
  const children = { pin, signal };
  const ceilings = (await runNative({ task: "ceilings" }, children)) as Ceilings;
  const kernels = await findKernels(children);
  const present = await findPresent(options.contenders, children, onNote);
  const runners = present.flatMap(({ contender }) =>
    options.precisions
      .filter((precision) => contender.precisions.includes(precision))
      .flatMap((precision) =>
        choices(contender, kernels).map((choice) => ({ contender, precision, choice })),
      ),
  );
  const versions = new Map(present.map(({ contender, version }) => [contender.name, version]));
  const folder = mkdtempSync(join(tmpdir(), "spectrap-bench-"));
  const file = join(folder, "matrix");
  try {
    for (const { kind, n, rows } of entries) {
      onNote(`${kind}, n = ${n}`);
      const { values, spectrum } = testMatrix(kind, { n, rows, seed });
      writeFileSync(file, values);
      const sample = ({ contender, precision, choice }: Runner) =>
        runSample({ contender, precision, choice, bestKernel: kernels.best, file, n }, children);
      const samples = new Map(runners.map((runner): [Runner, Sample[]] => [runner, []]));
      const start = performance.now();
      for (let round = 0; round < rounds; round++) {
        if (round > 0 && performance.now() - start > 1000 * patience) break;
        for (const [runner, runs] of samples) {
          try {
            runs.push(await sample(runner));
          } catch (error) {
            if (!mayFail(runner, error)) throw error;
            onNote(`${runner.contender.name} ${runner.precision} failed: ${error.reason}`);
            samples.delete(runner);
          }
        }
      }
      const references = new References(samples, spectrum, (name) =>
        kernels.best === null ? Promise.resolve(null) : findReference(name, sample),
      );
      for (const [{ contender, precision, choice }, runs] of samples) {
        const seconds = runs.map((run) => run.seconds);
        const cpuSeconds = median(runs.map((run) => run.cpuSeconds));
        const reference = await references.of(contender, precision);
        const peak = ceilings.rates[precision === "double" ? "fma_f64" : "fma_f32"]!;
        yield {
          schema: "spectrap-bench-solver/1",
          solver: contender.name,
          precision,
          kernel: runs[0]!.kernel,
          kernel_choice: contender.kernels ? choice : null,
          kind,
          n,
          rows: hasWeights(kind) ? rows : null,
          seed,
          seconds: median(seconds),
          cpu_seconds: cpuSeconds,
          seconds_min: Math.min(...seconds),
          seconds_max: Math.max(...seconds),
          rounds: runs.length,
          threads: 1,
          gflops: eigenFlops(n) / median(seconds) / 1e9,
          fraction_of_peak: eigenFlops(n) / cpuSeconds / peak,
          max_error_over_lambda_max:
            reference === null ? null : largestError(runs[0]!.eigenvalues, reference.eigenvalues),
          reference: reference?.name ?? null,
          peak_gflops: peak / 1e9,
          clock_ghz: ceilings.clock / 1e9,
          machine: machine(),
          library: contender.name === "spectrap" ? null : (runs[0]!.library ?? versions.get(contender.name)!),
          version,
          command: options.command,
          date: new Date().toISOString(),
        };
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The library's own kernel, and the best one where that is another. */
function choices(contender: Contender, { own, best }: Kernels): KernelChoice[] {
  return contender.kernels && own !== best ? ["own", "best"] : ["own"];
}

async function findPresent(
  contenders: readonly Contender[],
  children: ChildOptions,
  onNote: (note: string) => void,
): Promise<{ contender: Contender; version: string }[]> {
  const present = [];
  for (const contender of contenders) {
    try {
      const version = await findContender(contender, children);
      onNote(`${contender.name}: ${version}`);
      present.push({ contender, version });
    } catch (error) {
      if (!(error instanceof SpectrapError) || error.code === "ERR_CANCELLED") throw error;
      onNote(`${contender.name} is not here: ${error.reason}`);
    }
  }
  return present;
}

/** Whether a run's failure is that contender's own: not ours, and not an interruption. */
function mayFail({ contender }: Runner, error: unknown): error is SpectrapError {
  return contender.name !== "spectrap" && error instanceof SpectrapError && error.code !== "ERR_CANCELLED";
}

interface Reference {
  name: string;
  eigenvalues: ArrayLike<number>;
}

async function findReference(
  name: string,
  sample: (runner: Runner) => Promise<Sample>,
): Promise<Reference | null> {
  try {
    const run = await sample({ contender: contender(name)!, precision: "double", choice: "best" });
    return { name, eigenvalues: run.eigenvalues };
  } catch (error) {
    if (error instanceof SpectrapError && error.code !== "ERR_CANCELLED") return null;
    throw error;
  }
}

/**
 * What the eigenvalues of one matrix are compared with: float64 LAPACK by another driver; where there is no LAPACK, the
 * spectrum the matrix was made of; else our own float64 result.
 */
class References {
  readonly #found = new Map<string, Reference | null>();
  readonly #others: readonly Reference[];
  readonly #find: (name: string) => Promise<Reference | null>;

  constructor(
    samples: ReadonlyMap<Runner, readonly Sample[]>,
    spectrum: Float64Array | null,
    find: (name: string) => Promise<Reference | null>,
  ) {
    for (const [{ contender, precision }, runs] of samples) {
      const { name } = contender;
      if (precision === "double") this.#found.set(name, { name, eigenvalues: runs[0]!.eigenvalues });
    }
    const own = this.#found.get("spectrap") ?? null;
    this.#others = [
      ...(spectrum === null ? [] : [{ name: "planted spectrum", eigenvalues: spectrum }]),
      ...(own === null ? [] : [own]),
    ];
    this.#find = find;
  }

  async of({ name }: Contender, precision: BenchPrecision): Promise<Reference | null> {
    const usable = (candidate: string) => candidate !== name || precision === "single";
    for (const candidate of REFERENCES.filter(usable)) {
      if (!this.#found.has(candidate)) this.#found.set(candidate, await this.#find(candidate));
      const found = this.#found.get(candidate);
      if (found != null) return { ...found, name: `${candidate} double` };
    }
    const other = this.#others.find((reference) => usable(reference.name));
    if (other === undefined) return null;
    return other.name === "spectrap" ? { ...other, name: "spectrap double" } : other;
  }
}

/** max |λ − μ| / max |μ|. */
export function largestError(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  let error = 0;
  let largest = 0;
  for (let i = 0; i < reference.length; i++) {
    error = Math.max(error, Math.abs(values[i]! - reference[i]!));
    largest = Math.max(largest, Math.abs(reference[i]!));
  }
  return largest === 0 ? error : error / largest;
}
