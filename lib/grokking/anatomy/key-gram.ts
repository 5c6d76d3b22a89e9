import { eigenvalues } from "../../solver/eigenvalues.ts";
import type { NetworkMatrix } from "../matrix.ts";

/**
 * λ_max of the key Gram KᵀK/p of each attention head, K (p × d/heads) the keys of the tokens 0…p − 1 without their positions. Papers
 * print it without saying how it is scaled; here it is the largest mean square of the keys along any direction.
 *
 * @param embedding tokens × d, at least p rows. @param keys d × d, the heads one above the other.
 * @throws RangeError by rejection if sides do not fit.
 */
export async function keyGramMaxima(
  embedding: NetworkMatrix,
  keys: NetworkMatrix,
  p: number,
  heads: number,
): Promise<number[]> {
  const { cols: d } = embedding;
  const size = keys.rows / heads;
  if (embedding.rows < p || keys.cols !== d || !Number.isInteger(size)) {
    throw new RangeError(
      `${heads} heads of ${keys.rows} × ${keys.cols} keys do not fit ${p} tokens of ${embedding.rows} × ${d}`,
    );
  }
  const maxima: number[] = [];
  for (let head = 0; head < heads; head++) {
    const values = new Float64Array(p * size);
    for (let token = 0; token < p; token++) {
      const row = embedding.source.values.subarray(token * d, (token + 1) * d);
      for (let i = 0; i < size; i++) {
        const weights = keys.source.values.subarray((head * size + i) * d, (head * size + i + 1) * d);
        values[token * size + i] = row.reduce((sum, x, col) => sum + x * weights[col]!, 0);
      }
    }
    maxima.push((await eigenvalues({ values, rows: p, cols: size })).at(-1)! / p);
  }
  return maxima;
}
