import { type PhiloxKey, philox4x32 } from "./philox.ts";
import { WEIGHTWATCHER_CUT } from "./power-law.ts";
import { scanTails } from "./power-law-scan.ts";
import { firstAbove } from "./search.ts";

export interface Bootstrap {
  /** Samples drawn; p is known to about 1/(2√replicates) (Clauset, Shalizi and Newman 2009, section 4.1). */
  replicates: number;
  /** Of the random numbers: the same key, the same samples. */
  key: PhiloxKey;
}

/**
 * p of the hypothesis that the tail chosen by {@link fitPowerLaw} is a power law (Clauset, Shalizi and Newman 2009, section 4.1):
 * samples of as many values, each from the fitted law with probability k/n or else one of the n − k below xmin, are fitted like
 * the data, xmin and all, and p is the share that lies at least as far, the data counted in:
 *
 *     p = (1 + #{D_sample ≥ D}) / (1 + replicates).
 *
 * For independent values. Eigenvalues repel each other and follow any smooth law more closely than independent
 * values would, so that p comes out near 1: a small p is evidence against the power law, a large one none for it.
 *
 * @param eigenvalues ascending, with a fit of finite alpha.
 */
export function goodnessOfFit(
  eigenvalues: Float64Array,
  options: Bootstrap,
  cut = WEIGHTWATCHER_CUT,
): number {
  const samples = goodnessOfFitSteps(eigenvalues, options, cut);
  for (;;) {
    const { done, value } = samples.next();
    if (done) return value;
  }
}

/** The same in steps of a sample, for those who have other things to do between them: 2000 values take milliseconds. */
export function* goodnessOfFitSteps(
  eigenvalues: Float64Array,
  { replicates, key }: Bootstrap,
  cut = WEIGHTWATCHER_CUT,
): Generator<void, number, void> {
  const data = eigenvalues.subarray(firstAbove(eigenvalues, cut));
  const { index, alpha, D } = scanTails(data);
  const sample = new Float64Array(data.length);
  const share = (data.length - index) / data.length;
  const power = -1 / (alpha - 1);
  const words = new Uint32Array(4);
  let asFar = 0;
  for (let replicate = 0; replicate < replicates; replicate++) {
    for (let j = 0; j < sample.length; j++) {
      philox4x32([j, replicate, 0, 0], key, words);
      sample[j] =
        uniform(words[0]!, words[1]!) < share
          ? data[index]! * uniform(words[2]!, words[3]!) ** power
          : data[Math.floor(uniform(words[2]!, words[3]!) * index)]!;
    }
    if (scanTails(sample.sort()).D >= D) asFar++;
    yield;
  }
  return (1 + asFar) / (1 + replicates);
}

/** In (0, 1), with 52 bits. */
function uniform(high: number, low: number): number {
  return ((high >>> 6) * 2 ** 26 + (low >>> 6) + 0.5) * 2 ** -52;
}
