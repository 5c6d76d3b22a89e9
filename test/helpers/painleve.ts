/** Taylor terms of a step. */
const TERMS = 28;

/**
 * 1 − F1 at start, start − step, … end, by another road than Fredholm determinants: F1(s) = exp(−½∫ₛ^∞ [q + (x − s)q²] dx), q″ = xq + 2q³,
 * q(x) ~ Ai(x) (C. A. Tracy, H. Widom 1996). Taylor steps downwards, where the solution outgrows its errors as long as s > 0. The
 * integrals start from zero, so values near `start` are too small.
 */
export function painleveUpperTail(start: number, end: number, step: number): { s: number; sf: number }[] {
  let { value: q, slope } = airyAt(start);
  // ∫q, ∫q², ∫(x − s)q², each from s on.
  let [first, square, moment] = [0, 0, 0];
  const points: { s: number; sf: number }[] = [];
  for (let s = start; s > end; ) {
    const series = painleveSeries(s, q, slope);
    const squares = convolve(series, series);
    const h = -step;
    // B(h) = square − ∫₀ʰ q², and the moment grows by −∫₀ʰ B.
    moment += -h * square + primitive(squares, h, 2);
    square -= primitive(squares, h, 1);
    first -= primitive(series, h, 1);
    q = series.reduceRight((sum, c) => sum * h + c, 0);
    slope = series.reduceRight((sum, c, n) => (n === 0 ? sum : sum * h + n * c), 0);
    s += h;
    points.push({ s, sf: -Math.expm1(-(first + moment) / 2) });
  }
  return points;
}

/** Ai and Ai′ at large x: exp(−ζ)/(2√π x^¼) Σ (−1)^k u_k ζ^−k, −x^½ times the same with v_k (DLMF 9.7.5, 9.7.6). */
function airyAt(x: number): { value: number; slope: number } {
  const zeta = (2 / 3) * x ** 1.5;
  let term = 1;
  let [value, slope] = [1, 1];
  for (let k = 1; k < 12; k++) {
    term *= (-(6 * k - 5) * (6 * k - 1)) / (72 * k * zeta);
    value += term;
    slope += (-(6 * k + 1) / (6 * k - 1)) * term;
  }
  const size = Math.exp(-zeta) / (2 * Math.sqrt(Math.PI) * x ** 0.25);
  return { value: size * value, slope: -size * Math.sqrt(x) * slope };
}

function painleveSeries(s: number, q: number, slope: number): number[] {
  const a = [q, slope];
  for (let n = 0; n + 2 < TERMS; n++) {
    const squares = a.map((_, k) => sum(k + 1, (i) => a[i]! * a[k - i]!));
    const cube = sum(n + 1, (k) => squares[k]! * a[n - k]!);
    a.push((s * a[n]! + (a[n - 1] ?? 0) + 2 * cube) / ((n + 2) * (n + 1)));
  }
  return a;
}

function convolve(a: number[], b: number[]): number[] {
  return a.map((_, k) => sum(k + 1, (i) => a[i]! * b[k - i]!));
}

/** The `times`-fold integral from 0 to h. */
function primitive(series: number[], h: number, times: 1 | 2): number {
  return series.reduce(
    (total, c, n) => total + (c * h ** (n + times)) / (times === 1 ? n + 1 : (n + 1) * (n + 2)),
    0,
  );
}

function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}
