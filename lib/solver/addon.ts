import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { EigenvectorLocalisation } from "../spectrum/vector-columns.ts";
import type { TapDistance } from "./distance.ts";
import type { EditedPiece, PlaceInPiece, TapEdit } from "./edit.ts";
import { SpectrapError } from "./error.ts";
import type { WeightMatrix } from "./matrix.ts";
import type { NativeBench } from "./native-bench.ts";
import type { NativeTrainerClass } from "./native-trainer.ts";
import type {
  BlasInfo,
  Kernels,
  MatrixSpectra,
  Moments,
  Precision,
  ShuffledCopy,
  SolverName,
} from "./solver.ts";

/** What is asked about a matrix by itself, of which backend. */
export interface NativeQuestion {
  matrix: WeightMatrix;
  precision: Precision;
  solver: SolverName;
}

/** A problem as the addon takes it: the key of the shuffle is already derived. */
export interface NativeProblem extends NativeQuestion {
  key: readonly [number, number];
  replicas: number;
}

/** Copies to shuffle; see ShuffledQuestion. */
export interface NativeShuffledQuestion extends NativeProblem {
  tap: number;
  firstReplica: number;
  centre: number;
  limit: number;
  leftOut: readonly number[];
  top: number;
}

/** A group of one problem, or of three: gate, up, and the matrix they make. */
export type NativeGroup = NativeProblem[];

/** All M eigenvalues, ascending, and the eigenvectors of the largest, M numbers each, in the order of the values. */
export interface NativeEigenPairs {
  values: Float64Array;
  vectors: Float64Array;
}

/** A matrix of one tap, its edit, and its place in a piece. */
export interface NativePart extends NativeProblem, TapEdit {
  /** Of the shuffle. */
  tap: number;
  place: PlaceInPiece;
}

/** See Piece. */
export interface NativePiece {
  elements: number;
  parts: NativePart[];
}

/** Σw² of rows and columns, in the order they were asked for. */
export interface LineEnergies {
  rows: Float64Array;
  cols: Float64Array;
}

/** Threads and a memory budget. Its promises reject with an Error that has `code`, and `file` where one is at fault. */
export interface NativePool {
  solve(group: NativeGroup): Promise<MatrixSpectra[]>;
  /** A matrix of one tap; `top` eigenvectors, from 0 to M. */
  eigen(question: NativeQuestion, top: number): Promise<NativeEigenPairs>;
  /** Of a tap; `top` eigenvectors, from 0 to M, which stay where they are. */
  localisation(question: NativeQuestion, tap: number, top: number): Promise<EigenvectorLocalisation>;
  shuffled(question: NativeShuffledQuestion): Promise<ShuffledCopy[]>;
  edit(piece: NativePiece): Promise<EditedPiece>;
  /** Of matrices of one shape, tap by tap. */
  distance(first: WeightMatrix, second: WeightMatrix, cka: boolean): Promise<TapDistance[]>;
  /** The moments of each tap, with `extremes` entries at each end, from one pass. */
  screen(matrix: WeightMatrix, extremes: number): Promise<Moments[]>;
  /** Of a tap; reads only those rows and columns, unless the matrix is strided. */
  lineEnergies(
    matrix: WeightMatrix,
    tap: number,
    rows: readonly number[],
    cols: readonly number[],
  ): Promise<LineEnergies>;
  cancel(): void;
  close(): void;
}

/** Everything the native addon offers; native/binding/addon.cpp mirrors it. */
export interface Addon {
  /** Opens the BLAS if that has not been done. */
  blas(): BlasInfo;
  kernels(): Kernels;
  cpuFeatures(): string[];
  decodeMatrix(matrix: WeightMatrix, tap: number): Float32Array | Float64Array;
  permutation(key0: number, key1: number, tap: number, replica: number, count: number): Uint32Array;
  problemBytes(group: NativeGroup): number;
  /** Locks the open file for this process until it is closed; false if another process has it. */
  tryLock(descriptor: number): boolean;
  bench: NativeBench;
  Solver: new (threads: number, memoryBytes: number) => NativePool;
  Trainer: NativeTrainerClass;
}

/** The part of node-gyp-build in use: finding the file is apart from loading it, so that its name can be told. */
interface Finder {
  resolve(folder: string): string;
}

const require = createRequire(import.meta.url);
const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
let loaded: Addon | undefined;

/** The addon, loaded at first use: a local build, or a prebuild inside the package. Throws ADDON_NOT_FOUND. */
export function addon(): Addon {
  loaded ??= load();
  return loaded;
}

/** The file the addon comes from. Throws ADDON_NOT_FOUND. */
export function addonFile(): string {
  try {
    return (require("node-gyp-build") as Finder).resolve(packageRoot);
  } catch (cause) {
    const tried = `${packageRoot}build/Release and ${packageRoot}prebuilds/${process.platform}-${process.arch}`;
    throw notFound(`there is no native addon for this machine; tried ${tried}`, cause);
  }
}

function load(): Addon {
  const file = addonFile();
  try {
    return require(file) as Addon;
  } catch (cause) {
    throw notFound(`the native addon could not be loaded: ${firstLine(cause)}`, cause);
  }
}

function notFound(reason: string, cause: unknown): SpectrapError {
  const hint = `build it with "node ${packageRoot}scripts/build-native.mjs"; docs/install.md has what that needs`;
  return new SpectrapError("ADDON_NOT_FOUND", reason, { cause, hint });
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0] ?? "";
}
