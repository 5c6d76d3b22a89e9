import { readFileSync } from "node:fs";

const folder = new URL("../fixtures/golden/", import.meta.url);

/** As recorded: non-finite numbers are the words "NaN", "Infinity", "-Infinity", failures −1. */
export type Recorded = number | string | null;

/** Names of the recorded numbers. */
type Field =
  | `${"" | "rand_"}${"num_spikes" | "sigma_mp" | "mp_softrank" | "W_scale" | "bulk_max" | "bulk_min"}`
  | `${"" | "log_"}${"norm" | "spectral_norm"}`
  | `detX_${"num" | "val" | "val_unrescaled"}`
  | `sv_${"min" | "max"}`
  | "N"
  | "M"
  | "Q"
  | "rf"
  | "num_evals"
  | "rank_loss"
  | "weak_rank_loss"
  | "lambda_max"
  | "alpha"
  | "xmin"
  | "xmax"
  | "D"
  | "sigma"
  | "num_pl_spikes"
  | "status"
  | "warning"
  | "num_fingers"
  | "raw_alpha"
  | "alpha_weighted"
  | "log_alpha_norm"
  | "stable_rank"
  | "matrix_rank"
  | "entropy"
  | "max_rand_eval"
  | "rand_distance"
  | "ww_softrank"
  | "ww_maxdist"
  | "margin"
  | "threshold";

export type Section = Readonly<Partial<Record<Field, Recorded>>>;

/** What WeightWatcher 0.7.5.5 answered for one matrix; test/fixtures/golden/README.md explains the fields. */
export interface GoldenCase {
  name: string;
  tensor: string;
  shape: number[];
  layer: "linear" | "conv2d";
  perm_seed: number;
  error: string | null;
  planted: Record<string, number>;
  evals: Float64Array;
  esd: Section;
  pl: Section;
  norms: Section;
  mp: Section;
  rand: Section & { replicas: number };
  rand_evals: Float64Array;
  rand_evals_second: Float64Array;
  detX: Section;
  clip_xmax: Section;
  "clip_xmax_thresh_0.3": Section;
  drop_top_2: Section;
  inverse: Section;
  xmin_peak_powerlaw: Section;
  derived: {
    mp?: Section;
    rand?: Section;
    pl?: Section;
    erg_tail_log: number;
    /** The twelve columns of `vectors=True`, had the vector of xmin fallen into the tail. */
    vectors_xmin_in_tail?: Readonly<Record<string, number | string>>;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is given by GoldenCase
const records: Record<string, any> = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")).cases;

/** All cases but the one the tool could not analyse (`nan_60x40`). */
export const goldenCases: GoldenCase[] = Object.entries(records)
  .filter(([, record]) => record.evals !== undefined)
  .map(([name, record]) => ({
    ...record,
    name,
    evals: Float64Array.from(record.evals),
    rand_evals: Float64Array.from(record.rand.rand_evals),
    rand_evals_second: Float64Array.from(record.rand.rand_evals_second),
  }));

export function goldenCase(name: string): GoldenCase {
  const found = goldenCases.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no golden case ${name}`);
  return found;
}

/** What our columns hold for a recorded value: −1 and everything not finite is null. */
export function asColumn(recorded: Recorded | undefined): number | null {
  return typeof recorded === "number" && recorded !== -1 ? recorded : null;
}

let bytes: Buffer | undefined;

/** A tensor of cases.safetensors: `<case>`, or `<case>/shuffled` where there is one. Values row-major. */
export function goldenTensor(name: string): { shape: number[]; values: Float32Array } | null {
  bytes ??= readFileSync(new URL("cases.safetensors", folder));
  const headerEnd = 8 + Number(bytes.readBigUInt64LE(0));
  const entry = JSON.parse(bytes.toString("utf8", 8, headerEnd))[name];
  if (entry === undefined) return null;
  const [begin, end] = entry.data_offsets as [number, number];
  const data = bytes.subarray(headerEnd + begin, headerEnd + end);
  return { shape: entry.shape, values: new Float32Array(Uint8Array.from(data).buffer) };
}
