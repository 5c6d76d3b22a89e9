import type { WeightMatrix } from "../../lib/solver/matrix.ts";

/** A descriptor of a matrix in memory; `values` holds taps × rows × cols elements, row-major. */
export function memoryMatrix(
  name: string,
  rows: number,
  cols: number,
  values: Float32Array | Float64Array,
  taps = 1,
): WeightMatrix {
  const encoding = values instanceof Float64Array ? "F64" : "F32";
  const source = { encoding, values } as const;
  return { name, tensor: name, role: "dense", layer: null, expert: null, rows, cols, taps, source };
}

/** Standard normal entries from a small seeded generator (mulberry32 and Box–Muller). */
export function gaussian(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}
