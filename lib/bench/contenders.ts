export type BenchPrecision = "double" | "single";

/** Where a contender runs: in the addon, in Python, or in a program compiled when it is needed. */
export type Runner = "native" | "python" | "compiled";

export interface Contender {
  name: string;
  runner: Runner;
  /** What the runner calls: a driver of the addon, or the name its script knows. */
  routine: string;
  /** numpy converts float32 matrices to float64 before it starts; ELPA is often built without float32. */
  precisions: readonly BenchPrecision[];
  /** Whether it runs on a BLAS with kernels to choose from. */
  kernels: boolean;
}

const both = ["double", "single"] as const;
const lapack = (routine: string): Contender => ({
  name: `lapack-${routine.replace("_", "-")}`,
  runner: "native",
  routine,
  precisions: both,
  kernels: true,
});
const python = (name: string, precisions: Contender["precisions"] = both): Contender => ({
  name,
  runner: "python",
  routine: name,
  precisions,
  kernels: true,
});
const compiled = (name: string, precisions: Contender["precisions"] = both): Contender => ({
  name,
  runner: "compiled",
  routine: name,
  precisions,
  kernels: false,
});

/** Everyone who can be compared, ourselves first. `*-svd` and gesdd take singular values, which are the same here. */
export const CONTENDERS: readonly Contender[] = [
  { name: "spectrap", runner: "native", routine: "spectrap", precisions: both, kernels: false },
  lapack("syevd"),
  lapack("syevr"),
  lapack("syevd_2stage"),
  lapack("gesdd"),
  python("scipy-eigvalsh"),
  python("scipy-svd"),
  python("numpy-eigvalsh", ["double"]),
  python("torch-eigvalsh"),
  compiled("eigen"),
  compiled("elpa", ["double"]),
];

/** Undefined for a name that is not in the list. */
export function contender(name: string): Contender | undefined {
  return CONTENDERS.find((known) => known.name === name);
}
