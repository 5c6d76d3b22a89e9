/** How the eigenvectors of the largest eigenvalues of one tap are spread over their M components. */
export interface EigenvectorLocalisation {
  /** All M eigenvalues of the tap, ascending. */
  values: Float64Array;
  /** Of each vector, in the order of the values: entropy in nats of the histogram of |v|; docs/method.md has the formula. */
  entropy: Float64Array;
  /** ‖v‖₁/‖v‖∞. */
  locRatio: Float64Array;
  /** Inverse participation ratio Σv⁴ of the unit vector. */
  ipr: Float64Array;
}

/** The eigenvectors of one tap: the last `tail` of them are those of the tail. */
export interface TapVectors extends EigenvectorLocalisation {
  tail: number;
}

/** Eigenvalues below xmin, and from xmin on. */
export type Part = "bulk" | "tail";

const MEASURES = ["VecEntropy", "LocRatio", "PartRatio"] as const;
type Measure = (typeof MEASURES)[number];

export type VectorColumn = `${Part}${"Mean" | "Var"}${Measure}` | `${Part}Concentration`;

export type VectorColumns = Partial<Record<VectorColumn, number | null>>;

/** The columns of the eigenvectors of one part. */
export function vectorColumnsOf(part: Part): VectorColumn[] {
  const statistics = (["Mean", "Var"] as const).flatMap((statistic) =>
    MEASURES.map((measure): VectorColumn => `${part}${statistic}${measure}`),
  );
  return [...statistics, `${part}Concentration`];
}

/**
 * How many of the ascending eigenvalues of each tap are at least `xmin`; times `scale`, as those xmin is one of. The
 * spectrum must be the one that xmin was chosen from: another decomposition moves the eigenvalue that xmin is to either side.
 */
export function tailSizes(taps: readonly Float64Array[], scale: number, xmin: number): number[] {
  return taps.map((eigenvalues) => eigenvalues.filter((eigenvalue) => scale * eigenvalue >= xmin).length);
}

/**
 * Means and variances of the measures over the eigenvectors of a part, those of all taps pooled. Vectors of eigenvalues that are zero
 * up to rounding, λ ≤ N·ε·λmax of their tap, are left out: any basis of that space is as good.
 *
 * @param taps with all vectors for the bulk, with at least its own for the tail.
 * @param N longer side of the matrix.
 * @returns null if no vector is left.
 */
export function vectorColumns(part: Part, taps: readonly TapVectors[], N: number): VectorColumns | null {
  const members = taps.map((tap) => membersOf(part, tap, N));
  const pooled = (measure: "entropy" | "locRatio" | "ipr") =>
    taps.flatMap((tap, t) => members[t]!.map((i) => tap[measure][i]!));
  const iprs = pooled("ipr");
  if (iprs.length === 0) return null;
  const M = taps[0]!.values.length;
  const columns: VectorColumns = { [`${part}Concentration`]: M * mean(iprs) };
  const samples: Record<Measure, number[]> = {
    VecEntropy: pooled("entropy"),
    LocRatio: pooled("locRatio"),
    PartRatio: iprs.map((ipr) => ipr ** -0.25), // ‖v‖₂/‖v‖₄
  };
  for (const measure of MEASURES) {
    columns[`${part}Mean${measure}`] = mean(samples[measure]);
    columns[`${part}Var${measure}`] = variance(samples[measure]);
  }
  return columns;
}

/** Indices among the vectors of a tap. */
function membersOf(part: Part, { values, ipr, tail }: TapVectors, N: number): number[] {
  const M = values.length;
  const zero = N * Number.EPSILON * values[M - 1]!;
  return [...ipr.keys()].filter((i) => {
    const place = M - ipr.length + i;
    return place >= M - tail === (part === "tail") && values[place]! > zero;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Over n, as numpy's: of a single value 0. */
function variance(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}
