import type { WeightMatrix } from "../solver/matrix.ts";
import type { MatrixSpectra } from "../solver/solver.ts";
import { goodnessOfFitSteps, pooledEigenvalues, shuffleKey } from "../spectrum/index.ts";
import { eigenvalueScale } from "./eigenvalue-scale.ts";
import { cancelled } from "./failure.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Row } from "./row.ts";

/**
 * The goodness of fits by bootstrap, one matrix after another, so that the first are ready first. Between samples everything
 * else has its turn: other matrices, progress, and signals.
 */
export class Goodness {
  readonly #options: Pick<ResolvedOptions, "bootstrap" | "seed">;
  readonly #signal: AbortSignal;
  #last: Promise<void> = Promise.resolve();

  /** @param signal ends all of it. */
  constructor(options: Pick<ResolvedOptions, "bootstrap" | "seed">, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Gives a row its `gofP`, if that was asked for. Errors: ERR_CANCELLED. */
  judge(row: Row, matrix: WeightMatrix, spectra: MatrixSpectra): Promise<void> {
    if (this.#options.bootstrap === 0) return Promise.resolve();
    if (row.alpha === null) {
      row.reasons.gofP = row.reasons.alpha!;
      return Promise.resolve();
    }
    const judged = this.#last.then(() => this.#judge(row, matrix, spectra));
    this.#last = judged.catch(() => {});
    return judged;
  }

  async #judge(row: Row, matrix: WeightMatrix, { taps }: MatrixSpectra): Promise<void> {
    const { bootstrap: replicates, seed } = this.#options;
    const eigenvalues = pooledEigenvalues(
      taps.map((tap) => tap.eigenvalues),
      eigenvalueScale(matrix),
    );
    // Samples that depend on seed and name only, and on none of the shuffles.
    const samples = goodnessOfFitSteps(eigenvalues, {
      replicates,
      key: shuffleKey(seed, `${matrix.name} bootstrap`),
    });
    for (;;) {
      if (this.#signal.aborted) throw cancelled(this.#signal);
      const { done, value } = samples.next();
      if (done) {
        row.gofP = value;
        return;
      }
      await new Promise(setImmediate);
    }
  }
}
