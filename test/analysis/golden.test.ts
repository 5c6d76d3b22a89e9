import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { toRecord } from "../../lib/index.ts";
import { asColumn, goldenCases, type Recorded } from "../helpers/golden.ts";
import { rowsOf } from "./checkpoints.ts";

/** The recorded matrices as one checkpoint, through the whole pipeline, beside what WeightWatcher answered. */
const location = fileURLToPath(new URL("../fixtures/golden/cases.safetensors", import.meta.url));
const records = new Map<string, Record<string, unknown>>();
const compat = new Map<string, Record<string, unknown>>();
beforeAll(async () => {
  for (const row of await rowsOf(location, { minEvals: 0 })) records.set(row.name, toRecord(row));
  const layers = ["traps*", "gauss*", "mean_shift*", "spike*", "-*/shuffled"];
  for (const row of await rowsOf(location, { minEvals: 0, wwCompat: true, layers })) {
    compat.set(row.name, toRecord(row));
  }
});

/** Relative tolerances of test/fixtures/golden/README.md, where they are not 1e-9. */
function tolerance(name: string, column: string): number {
  if (name.startsWith("conv")) return 1e-6;
  if (name.startsWith("clustered") && /^(raw_)?alpha|^D$|^sigma$/.test(column)) return 1e-4;
  return 1e-9;
}

/** Of rank-deficient matrices these hang on noise of the recorded computation, and we do not give them. */
const NOISE = ["matrix_rank", "rank_loss", "entropy", "sv_min", "detX_val", "detX_val_unrescaled"];

/** Names of the columns that differ from what is recorded by more than the tolerance. */
function differences(name: string, recorded: Readonly<Record<string, Recorded | undefined>>): string[] {
  const record = records.get(name)!;
  const reasons = record["reasons"] as Record<string, string>;
  return Object.entries(recorded).flatMap(([column, value]) => {
    const ours = record[column];
    if (name.startsWith("lowrank") && NOISE.includes(column)) {
      return ours === null && reasons[column] === "below_precision" ? [] : [column];
    }
    if (typeof value !== "number")
      return ours === value || /^-?(Infinity|NaN)$/.test(value ?? "") ? [] : [column];
    const expected = asColumn(value);
    if (expected === null) return ours === null && reasons[column] !== undefined ? [] : [column];
    const error = Math.abs((ours as number) - expected);
    return error <= tolerance(name, column) * Math.abs(expected)
      ? []
      : [`${column}: ${ours}, recorded ${value}`];
  });
}

const named = goldenCases.map((golden) => [golden.name, golden] as const);

describe.each(named)("%s", (name, { esd, pl, norms, mp, detX, clip_xmax }) => {
  test("columns of the eigenvalues are WeightWatcher's", () => {
    const { num_fingers, raw_alpha, alpha } = clip_xmax;
    const clipped = { num_fingers, raw_alpha, alpha_clip_xmax: alpha };
    expect(differences(name, { ...esd, ...pl, ...norms, ...mp, ...detX, ...clipped })).toEqual([]);
  });
});

test("a recorded shuffle, read as a matrix of its own, has the recorded shuffled spectrum", () => {
  const shuffled = named.filter(([name, { rand }]) => records.has(`${name}/shuffled`) && rand.replicas === 1);
  expect(shuffled.length).toBeGreaterThan(4);
  for (const [name, { rand }] of shuffled) {
    const record = records.get(`${name}/shuffled`)!;
    expect([name, record["num_spikes"]]).toEqual([name, rand.rand_num_spikes]);
    expect(record["lambda_max"]).toBeCloseTo(rand.max_rand_eval as number, 8);
    expect((record["bulk_max"] as number) / (rand.rand_bulk_max as number)).toBeCloseTo(1, 8);
    expect((record["sigma_mp"] as number) / (rand.rand_sigma_mp as number)).toBeCloseTo(1, 8);
  }
});

test("our own shuffle finds the planted traps, none in noise, and not a spike that shuffling destroys", () => {
  const counted = named.filter(([name]) => /^(traps|gauss|mean_shift|spike)/.test(name));
  expect(counted.length).toBeGreaterThan(10);
  for (const [name, { planted }] of counted) {
    expect([name, records.get(name)!["rand_num_spikes"]]).toEqual([name, planted["traps"] ?? 0]);
  }
});

test("wwCompat counts as WeightWatcher did, pooled replicas included", () => {
  expect(compat.size).toBeGreaterThan(10);
  for (const [name, record] of compat) {
    const { rand } = named.find(([golden]) => golden === name)![1];
    expect([name, record["rand_num_spikes"]]).toEqual([name, rand.rand_num_spikes]);
  }
});

test("a NaN ends one row, where it ended WeightWatcher's whole run", () => {
  expect(records.get("nan_60x40")).toMatchObject({ error: { code: "NON_FINITE" }, alpha: null });
});

test("a matrix of zeros fails no row: its columns are null with a reason", () => {
  expect(records.get("zero_64x48")).toMatchObject({
    error: null,
    norm: 0,
    alpha: null,
    rand_num_spikes: null,
    trap_margin: null,
    reasons: { log_norm: "zero_matrix", trap_margin: "no_deviation" },
  });
});
