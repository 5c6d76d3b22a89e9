// Box–Muller (1958) with polynomials of its own: engines differ in the last bit of Math.log and Math.cos,
// sums and products do not, so that a seed gives the same checkpoint everywhere.

/** 2^(clz − 31): brings an integer of `clz` leading zeros into [1, 2). */
const SCALE = Float64Array.from({ length: 33 }, (_, clz) => 2 ** (clz - 31));

/** √(−2 ln u), u = (word + ½)/2^32; at most 6.66. Relative error below 1e-10. */
export function radius(word: number): number {
  const clz = Math.clz32(word);
  let mantissa = (word + 0.5) * SCALE[clz]!;
  let halvings = clz + 1;
  if (mantissa > Math.SQRT2) {
    mantissa *= 0.5;
    halvings -= 1;
  }
  // ln m = 2 artanh s, s = (m − 1)/(m + 1), |s| ≤ 0.172
  const s = (mantissa - 1) / (mantissa + 1);
  const q = s * s;
  const series =
    1 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13 + q / 15))))));
  return Math.sqrt(2 * (halvings * Math.LN2 - 2 * s * series));
}

/**
 * Writes a pair of independent standard Gaussians to out[at], out[at + 1], from two random 32-bit words. The
 * upper two bits of `turn` choose the quadrant, the others an angle in [−π/4, π/4).
 */
export function gaussianPair(magnitude: number, turn: number, out: Float64Array, at: number): void {
  const r = radius(magnitude);
  const angle = ((turn & 0x3fffffff) * 2 ** -30 + 2 ** -31 - 0.5) * (Math.PI / 2);
  const q = angle * angle;
  const sin = angle * (1 - (q / 6) * (1 - (q / 20) * (1 - (q / 42) * (1 - (q / 72) * (1 - q / 110)))));
  const cos = 1 - (q / 2) * (1 - (q / 12) * (1 - (q / 30) * (1 - (q / 56) * (1 - (q / 90) * (1 - q / 132)))));
  const along = (turn & 0x80000000) === 0 ? r : -r;
  const swap = (turn >>> 30) & 1;
  out[at + swap] = along * cos;
  out[at + 1 - swap] = (swap === 0 ? along : -along) * sin;
}
