import type { WeightMatrix } from "../solver/matrix.ts";
import type { MatrixSpectra, Problem, Solver } from "../solver/solver.ts";
import { vectorsWork, work } from "../solver/work.ts";
import { matrixError } from "./failure.ts";
import { squareWindows } from "./farms.ts";
import type { FusedGroup } from "./fused-groups.ts";
import { Goodness } from "./goodness.ts";
import type { AnalyzeOptions, ResolvedOptions } from "./options.ts";
import type { AnalysisPlan, Item } from "./plan.ts";
import { ProgressMeter } from "./progress.ts";
import type { Row } from "./row.ts";
import { copiesFor, errorRow, replicasFor, spectraRow } from "./rows.ts";
import { type Judged, judgeTraps } from "./trap-evidence.ts";
import { RUN_LEVEL } from "./traps.ts";
import { untilAborted } from "./until-aborted.ts";
import { withVectors } from "./vectors.ts";

/** Matrices handed to the solver at a time; it holds only descriptors of those it has not admitted yet. */
const WINDOW = 64;

type Hooks = Pick<AnalyzeOptions, "signal" | "onProgress">;

/** Who keeps rows while a plan is run, and knows those of earlier sessions; places count from 0 in the plan. */
export interface Keeper {
  restored(order: number): Row | undefined;
  /** The row is not given out before it is kept. */
  keep(order: number, finished: FinishedMatrix): Promise<void>;
}

/** A matrix as soon as it is finished. */
export interface FinishedMatrix {
  row: Row;
  /** Null where the matrix failed. */
  solved: { matrix: WeightMatrix; spectra: MatrixSpectra } | null;
}

/**
 * Rows of a plan in its order, each as soon as it and those before it are finished. Rejects with `ERR_CANCELLED` after
 * `signal` is aborted. No problem is outstanding once the iteration has ended, however it ends.
 */
export async function* runPlan(
  plan: AnalysisPlan,
  solver: Pick<Solver, "solve" | "solveFused" | "shuffled" | "localisation" | "cancel">,
  options: ResolvedOptions,
  { signal, onProgress }: Hooks = {},
  keeper: Keeper = FORGETFUL,
): AsyncGenerator<Row, void, void> {
  const meter = new ProgressMeter(
    plan.items.length,
    plan.items.reduce((sum, item) => sum + flops(item, options), 0),
  );
  const solvers = startSolving(solver, options);
  const judge = (matrix: WeightMatrix, spectra: MatrixSpectra) =>
    judgeTraps(solver, matrix, spectra, RUN_LEVEL / plan.items.length, options);
  const complete = (matrix: WeightMatrix, spectra: MatrixSpectra, row: Row) =>
    options.vectors ? withVectors(solver, matrix, spectra, row) : row;
  const stop = new AbortController();
  const goodness = new Goodness(options, stop.signal);
  const start = async ([order, item]: [number, Item]): Promise<Row> => {
    const restored = keeper.restored(order);
    if (restored !== undefined) return restored;
    const finished = await finish(item, solvers, { judge, complete }, options);
    const { row, solved } = finished;
    if (solved !== null) await goodness.judge(row, solved.matrix, solved.spectra);
    await keeper.keep(order, finished);
    meter.add(unforeseenFlops(item, row, options));
    onProgress?.(meter.finish(row.name, flops(item, options, row), row.error !== null));
    return row;
  };
  for (const [order, item] of plan.items.entries()) {
    const row = keeper.restored(order);
    if (row === undefined) continue;
    meter.add(unforeseenFlops(item, row, options));
    meter.restore(flops(item, options, row), row.error !== null);
  }

  const cancel = () => {
    solver.cancel();
    stop.abort();
  };
  yield* untilAborted(signal, plan.items.entries(), start, WINDOW, cancel);
}

/** Nothing is kept, and nothing was. */
const FORGETFUL: Keeper = { restored: () => undefined, keep: async () => {} };

/** Of a matrix that is done; of one to come, those that are sure to be done. */
function flops(item: Item, options: ResolvedOptions, done?: Row): number {
  if (item.kind === "broken") return 0;
  const { matrix } = item;
  const shuffled = done !== undefined && done.randScheme !== null;
  const replicas = shuffled ? copiesFor(matrix, options) : replicasFor(matrix, options);
  const parts =
    item.kind === "fused" && item.part === "fused" ? { fused: [item.group.gate, item.group.up] } : {};
  const own = work({ matrix, replicas, ...parts }).total + (options.vectors ? vectorsWork(matrix) : 0);
  return windowsFor(matrix, options).reduce(
    (sum, window) => sum + work({ matrix: window, replicas: 0 }).total,
    own,
  );
}

/** Of the shuffled copies that only the entries have called for. */
function unforeseenFlops(item: Item, done: Row, options: ResolvedOptions): number {
  return flops(item, options, done) - flops(item, options);
}

/** What needs the spectra of a matrix before it can be asked for. */
interface FollowUp {
  judge: (matrix: WeightMatrix, spectra: MatrixSpectra) => Promise<Judged>;
  complete: (matrix: WeightMatrix, spectra: MatrixSpectra, row: Row) => Row | Promise<Row>;
}

async function finish(
  item: Item,
  { solve, solveWindow }: ReturnType<typeof startSolving>,
  { judge, complete }: FollowUp,
  options: ResolvedOptions,
): Promise<FinishedMatrix> {
  if (item.kind === "broken") {
    return { row: errorRow({ expert: null, ...item.broken }, item.broken.error, options), solved: null };
  }
  const { matrix } = item;
  const cut = windowsFor(matrix, options);
  // Together, so that a cancellation reaches all of them; none may be outstanding when one fails.
  const solved = await Promise.allSettled([solve(item), ...cut.map(solveWindow)]);
  const failed = solved.find((result) => result.status === "rejected");
  if (failed !== undefined)
    return { row: errorRow(matrix, matrixError(failed.reason), options), solved: null };
  const [spectra, ...windows] = solved.map(
    (result) => (result as PromiseFulfilledResult<MatrixSpectra>).value,
  );
  const farms = windows.length > 0 ? windows : isSquare(matrix) ? [spectra!] : null;
  try {
    const judged = await judge(matrix, spectra!);
    const row = spectraRow(matrix, { ...judged, windows: farms }, options);
    return {
      row: await complete(matrix, judged.spectra, row),
      solved: { matrix, spectra: judged.spectra },
    };
  } catch (error) {
    return { row: errorRow(matrix, matrixError(error), options), solved: null };
  }
}

/** The windows of a matrix that have to be solved: none of a square one, which is its own. */
function windowsFor(matrix: WeightMatrix, { farms }: ResolvedOptions): WeightMatrix[] {
  return farms && !isSquare(matrix) ? (squareWindows(matrix) ?? []) : [];
}

function isSquare({ rows, cols }: WeightMatrix): boolean {
  return rows === cols;
}

/** The parts of a fused group are solved once, when the first of them is asked for. */
function startSolving(solver: Pick<Solver, "solve" | "solveFused">, options: ResolvedOptions) {
  const { precision, seed } = options;
  const problem = (matrix: Problem["matrix"]): Problem => ({
    matrix,
    precision,
    seed,
    replicas: replicasFor(matrix, options),
  });
  const solveWindow = (window: WeightMatrix) =>
    solver.solve({ matrix: window, precision, seed, replicas: 0 });
  const groups = new Map<FusedGroup, ReturnType<Solver["solveFused"]>>();
  const solve = (item: Exclude<Item, { kind: "broken" }>): Promise<MatrixSpectra> => {
    if (item.kind === "matrix") return solver.solve(problem(item.matrix));
    let parts = groups.get(item.group);
    if (parts === undefined) {
      const { gate, up, fused } = item.group;
      parts = solver.solveFused({ gate: problem(gate), up: problem(up), fused: problem(fused) });
      for (const part of Object.values(parts)) part.catch(() => {}); // a filtered part has no row to tell
      groups.set(item.group, parts);
    }
    return parts[item.part];
  };
  return { solve, solveWindow };
}
