import { sum } from "./sum.ts";

export interface DetX {
  /** Eigenvalues in the tail. */
  detXNum: number;
  /** Smallest eigenvalue of the tail. */
  detXVal: number;
  /** The same as a mean-one eigenvalue: WeightWatcher's names are crossed. */
  detXValUnrescaled: number;
}

/** Below e^−690 a partial product may leave the range of a double. */
const SAFE_LOG = 690;
/** Nearer to zero than this, the sum of logarithms does not decide whether a product is below one. */
const CLEAR_LOG = 1e-6;

/**
 * WeightWatcher's det X = 1 condition: of the mean-one eigenvalues μ = λ·n/Σλ, the smallest number of top
 * ones whose product is below one. The product is meant as the tool takes it, in plain doubles from the
 * small end: under- and overflow (from n ≈ 3000 on) give it other answers than {@link ergTail}, and they are
 * kept. Logarithms decide where no underflow is in reach; the cost is O(n) there, and O(n²) at worst.
 *
 * @param eigenvalues ascending, not all zero.
 */
export function detX(eigenvalues: Float64Array): DetX {
  const n = eigenvalues.length;
  const scale = n / sum(eigenvalues);
  const rescaled = eigenvalues.map((eigenvalue) => scale * eigenvalue);
  const detXNum = differs(eigenvalues) ? productTail(rescaled) : 0;
  const first = detXNum === 0 ? 0 : Math.max(1, n - detXNum);
  return { detXNum, detXVal: eigenvalues[first]!, detXValUnrescaled: rescaled[first]! };
}

/**
 * The same tail with sums of logarithms, free of under- and overflow; 0 when all eigenvalues are equal.
 *
 * @param eigenvalues ascending.
 */
export function ergTail(eigenvalues: Float64Array): number {
  if (!differs(eigenvalues)) return 0;
  const logOf = meanOneLogarithm(eigenvalues);
  let log = 0;
  for (let k = 1; k < eigenvalues.length; k++) {
    log += logOf(eigenvalues[eigenvalues.length - k]!);
    if (log < 0) return k;
  }
  return eigenvalues.length;
}

/**
 * Σ ln μ over the mean-one eigenvalues from index `first` on: 0 where det X = 1 holds for that tail (Martin and Hinrichs,
 * "SETOL", 2025, whose ERG condition it is), positive where the tail is too short for it, negative where it is too long.
 *
 * @param eigenvalues ascending, positive from `first` on.
 */
export function ergLogDeterminant(eigenvalues: Float64Array, first: number): number {
  const logOf = meanOneLogarithm(eigenvalues);
  let log = 0;
  for (let i = eigenvalues.length - 1; i >= first; i--) log += logOf(eigenvalues[i]!);
  return log;
}

/** ln(λ·n/Σλ), for λ of any size: they are divided by the largest first, so that their sum cannot leave the range of a double. */
function meanOneLogarithm(eigenvalues: Float64Array): (eigenvalue: number) => number {
  const largest = eigenvalues[eigenvalues.length - 1]!;
  const mean = sum(eigenvalues.map((eigenvalue) => eigenvalue / largest)) / eigenvalues.length;
  return (eigenvalue) => Math.log(eigenvalue / largest / mean);
}

function differs(eigenvalues: Float64Array): boolean {
  return eigenvalues.length >= 2 && eigenvalues[0]! < eigenvalues[eigenvalues.length - 1]!;
}

/** First k < n with a product of the top k below one, else n. */
function productTail(values: Float64Array): number {
  const n = values.length;
  let log = 0;
  let highest = 0;
  for (let k = 1; k < n; k++) {
    log += Math.log(values[n - k]!);
    // The partial products from the small end are e^(log − log of the larger ones left out), and the values are
    // sorted: without underflow an overflow means a product above one, and the logarithm decides.
    const logDecides = log - highest > -SAFE_LOG && Math.abs(log) > CLEAR_LOG;
    if (logDecides ? log < 0 : product(values.subarray(n - k)) < 1) return k;
    highest = Math.max(highest, log);
  }
  return n;
}

function product(values: Float64Array): number {
  let result = 1;
  for (const value of values) result *= value;
  return result;
}
