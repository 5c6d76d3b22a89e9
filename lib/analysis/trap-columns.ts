import type { Moments } from "../solver/solver.ts";
import {
  type Attribution,
  combineCounts,
  type Reason,
  type Relation,
  relationOf,
} from "../spectrum/index.ts";
import type { Row } from "./row.ts";
import type { MatrixTraps, TrapEvidence } from "./trap-evidence.ts";
import type { TapNull, TapTraps, Untested } from "./traps.ts";

/** One trap of an entry, or an outlier without one, as a row gives it; of a convolution with its tap. */
export interface TrapOrigin extends Attribution {
  tap: number;
}

/** Columns of the calibrated test; docs/columns.md explains each. */
export interface TrapColumns {
  trapEvidence: TrapEvidence | null;
  traps: number | null;
  trapP: number | null;
  meanTrap: boolean | null;
  meanTrapP: number | null;
  trapThreshold: number | null;
  trapLevel: number | null;
  trapReference: "edge" | "monte_carlo" | null;
  trapCentred: boolean | null;
  trapsByReplica: number[] | null;
  trapsMean: number | null;
  trapsLow: number | null;
  trapsHigh: number | null;
  trapsStability: number | null;
  trapOrigins: TrapOrigin[] | null;
  trapRelation: Relation | null;
  trapsUnexplained: number | null;
  bulkSigma: number | null;
  bulkKurtosis: number | null;
  entriesRemoved: number | null;
  randKs: number | null;
  randBelow: number | null;
  randBelowP: number | null;
}

const KEYS: (keyof TrapColumns)[] = [
  "trapEvidence",
  "traps",
  "trapP",
  "meanTrap",
  "meanTrapP",
  "trapThreshold",
  "trapLevel",
  "trapReference",
  "trapCentred",
  "trapsByReplica",
  "trapsMean",
  "trapsLow",
  "trapsHigh",
  "trapsStability",
  "trapOrigins",
  "trapRelation",
  "trapsUnexplained",
  "bulkSigma",
  "bulkKurtosis",
  "entriesRemoved",
  "randKs",
  "randBelow",
  "randBelowP",
];

/** Columns that may be empty without a reason: most rows have nothing to say there. */
const OPTIONAL: ReadonlySet<keyof TrapColumns> = new Set([
  "trapsLow",
  "trapsHigh",
  "trapRelation",
  "trapsUnexplained",
]);

type Result = { columns: TrapColumns; reasons: Partial<Record<keyof Row, Reason>> };

/** Of all taps of a matrix: counts add up, p-values are those of the worst tap times their number. */
export function trapColumns(traps: MatrixTraps | null): Result {
  if (traps === null) return untested("not_shuffled");
  if (traps.evidence === "predicted") return predictedColumns(traps.taps);
  const { evidence, taps } = traps;
  const failed = taps.find((tap) => typeof tap === "string");
  if (failed !== undefined) return untested(failed as Untested);
  const tested = taps as readonly TapTraps[];
  const known = nullColumns(tested);
  const counts = tested[0]!.copies.map((_, copy) => sum(tested, ({ copies }) => copies[copy]!.count));
  const { mean, interval, stability } = combineCounts(counts);
  const origins = tested.flatMap(({ origins }, tap) => origins.map((origin) => ({ ...origin, tap })));
  const edged = tested.every(({ below }) => below !== null);
  const named = tested.filter(({ unexplained }) => unexplained !== null);
  return {
    columns: {
      ...known.columns,
      trapEvidence: evidence,
      traps: counts[0]!,
      trapP: worst(tested, ({ p }) => p),
      trapCentred: tested.some(({ centred }) => centred),
      trapsByReplica: counts,
      trapsMean: mean,
      trapsLow: interval?.[0] ?? null,
      trapsHigh: interval?.[1] ?? null,
      trapsStability: stability,
      trapOrigins: origins,
      trapRelation: relationOf(origins.filter(({ kind }) => kind === "entry")),
      trapsUnexplained: named.length === 0 ? null : sum(named, ({ unexplained }) => unexplained!),
      randKs: Math.max(...tested.map(({ ks }) => ks)),
      randBelow: edged ? sum(tested, ({ below }) => below!.count) : null,
      randBelowP: edged ? worst(tested, ({ below }) => below!.p) : null,
    },
    reasons: {
      ...known.reasons,
      ...(edged ? {} : { randBelow: "hard_edge", randBelowP: "hard_edge" }),
    },
  };
}

/** Columns that no shuffle changes. */
function nullColumns(taps: readonly TapNull[]) {
  const kurtosis = taps.map(({ entries }) => entries.kurtosis);
  return {
    columns: {
      meanTrap: taps.some(({ meanP, level }) => meanP <= level),
      meanTrapP: worst(taps, ({ meanP }) => meanP),
      trapThreshold: Math.min(...taps.map(({ threshold }) => threshold)),
      trapLevel: taps[0]!.level * taps.length,
      trapReference: taps.some(({ reference }) => reference !== null) ? "monte_carlo" : "edge",
      // Of a convolution, the tap with the largest deviation.
      bulkSigma: Math.max(...taps.map(({ entries }) => entries.sigma)),
      bulkKurtosis: kurtosis.includes(null) ? null : Math.max(...(kurtosis as number[])),
      entriesRemoved: sum(taps, ({ removed }) => removed),
    } satisfies Partial<TrapColumns>,
    reasons: kurtosis.includes(null) ? { bulkKurtosis: "not_finite" as const } : {},
  };
}

/** Of a matrix whose entries are far from making a trap. */
function predictedColumns(taps: readonly TapNull[]): Result {
  const shuffled = untested("predicted");
  const columns = { trapEvidence: "predicted", traps: 0, ...nullColumns(taps).columns } as const;
  const reasons = Object.entries(shuffled.reasons).filter(([key]) => !Object.hasOwn(columns, key));
  return { columns: { ...shuffled.columns, ...columns }, reasons: Object.fromEntries(reasons) };
}

/** Why WeightWatcher's count of the shuffled matrix may be an artefact (docs/method.md). */
export type RandFlag = "mean" | "pooled_replicas" | "sigma_off" | "pooled_taps" | "zeros";

/** The fitted variance may be off by so much, and a tap's from the others'. */
const SIGMA_OFF = 0.05;
const TAPS_APART = 0.1;
const MANY_ZEROS = 0.05;

export function randFlags(
  row: Pick<Row, "randScheme" | "randSigmaMp" | "meanTrap" | "bulkSigma" | "numEvals" | "N" | "M">,
  taps: readonly Pick<Moments, "count" | "zeros" | "sumSquares">[],
): RandFlag[] {
  const flags: RandFlag[] = [];
  if (row.meanTrap) flags.push("mean");
  if (row.randScheme === "weightwatcher" && row.numEvals! < 100) flags.push("pooled_replicas");
  const meanSquares = taps.map(({ count, sumSquares }) => sumSquares / count);
  if (row.randSigmaMp !== null && row.bulkSigma !== null && taps.length === 1) {
    // The fit is made on eigenvalues of mean one, σ² in units of the mean square of all entries.
    const ratio = (row.randSigmaMp ** 2 * meanSquares[0]!) / row.bulkSigma ** 2;
    if (Math.abs(ratio - 1) > SIGMA_OFF) flags.push("sigma_off");
  }
  if (Math.max(...meanSquares) > (1 + TAPS_APART) * Math.min(...meanSquares)) flags.push("pooled_taps");
  const zeros = taps.reduce((all, tap) => all + tap.zeros, 0) / taps.reduce((all, tap) => all + tap.count, 0);
  if (zeros > MANY_ZEROS) flags.push("zeros");
  return flags;
}

function untested(reason: Reason): Result {
  return {
    columns: Object.fromEntries(KEYS.map((key) => [key, null])) as unknown as TrapColumns,
    reasons: Object.fromEntries(KEYS.filter((key) => !OPTIONAL.has(key)).map((key) => [key, reason])),
  };
}

function sum<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((total, one) => total + value(one), 0);
}

function worst<Tap>(taps: readonly Tap[], p: (tap: Tap) => number): number {
  return Math.min(1, taps.length * Math.min(...taps.map(p)));
}
