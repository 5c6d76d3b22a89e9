import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { SpectrapError } from "./error.ts";
import type { WeightMatrix } from "./matrix.ts";
import type { BlasInfo, MatrixSpectra, Precision } from "./solver.ts";

/** A problem as the addon takes it: the key of the shuffle is already derived. */
export interface NativeProblem {
  matrix: WeightMatrix;
  precision: Precision;
  key: readonly [number, number];
  replicas: number;
}

/** A group of one problem, or of three: gate, up, and the matrix they make. */
export type NativeGroup = NativeProblem[];

export interface NativeSolver {
  /** Rejects with an Error that has `code`, and `file` where one is at fault. */
  solve(group: NativeGroup): Promise<MatrixSpectra[]>;
  cancel(): void;
  close(): void;
}

/** Everything the native addon offers; native/binding/addon.cpp mirrors it. */
export interface Addon {
  blas(): BlasInfo;
  decodeMatrix(matrix: WeightMatrix, tap: number): Float32Array | Float64Array;
  permutation(key0: number, key1: number, tap: number, replica: number, count: number): Uint32Array;
  problemBytes(group: NativeGroup): number;
  /** Locks the open file for this process until it is closed; false if another process has it. */
  tryLock(descriptor: number): boolean;
  Solver: new (threads: number, memoryBytes: number) => NativeSolver;
}

let loaded: Addon | undefined;

/** The addon, loaded at first use: a prebuild inside the package, or a local build. Throws ADDON_NOT_FOUND. */
export function addon(): Addon {
  loaded ??= load();
  return loaded;
}

function load(): Addon {
  const require = createRequire(import.meta.url);
  const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
  try {
    const nodeGypBuild = require("node-gyp-build") as (folder: string) => Addon;
    return nodeGypBuild(packageRoot);
  } catch (cause) {
    const tried = `${packageRoot}build/Release and ${packageRoot}prebuilds/${process.platform}-${process.arch}`;
    throw new SpectrapError(
      "ADDON_NOT_FOUND",
      `the native addon could not be loaded; tried ${tried}: ${firstLine(cause)}`,
      { cause, hint: `build it with "npm run build:native" in ${packageRoot}` },
    );
  }
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0] ?? "";
}
