/** Park–Miller generator: numbers in (0, 1), the same everywhere. */
export function uniforms(n: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: n }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  });
}

/** n quantiles of the law whose upper tail is u at quantile(u), ascending. */
export function quantiles(n: number, quantile: (u: number) => number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => quantile((i + 0.5) / n)).sort();
}
