import { againstBase } from "../checkpoint/against-base.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { rowsInOrder } from "../checkpoint/match-plans.ts";
import { weightMatrices } from "../checkpoint/matrices.ts";
import type { Broken, Skipped } from "../checkpoint/plan.ts";
import type { WeightMatrix } from "../solver/matrix.ts";
import { tapMatrix } from "../solver/tap-matrix.ts";
import { type FusedGroup, fusedGroups } from "./fused-groups.ts";
import { nameFilter } from "./glob.ts";
import { invalid, type ResolvedOptions } from "./options.ts";

/** One row to come. */
export type Item =
  | { kind: "broken"; broken: Broken }
  | { kind: "matrix"; matrix: WeightMatrix }
  | { kind: "fused"; matrix: WeightMatrix; part: keyof FusedGroup; group: FusedGroup };

export interface AnalysisPlan {
  checkpoint: Checkpoint;
  /** The checkpoint it is set against, or null. */
  base: Checkpoint | null;
  /** In the order of the rows. */
  items: Item[];
  /** Tensors that are no weight matrices, whatever the filter. */
  skipped: Skipped[];
}

/**
 * What an analysis will do. Throws SpectrapError `US_OPTION` if `layers` leaves nothing of a checkpoint that has matrices, and as
 * againstBase() and fusedGroups().
 */
export function planAnalysis(
  checkpoint: Checkpoint,
  options: ResolvedOptions,
  base: Checkpoint | null = null,
): AnalysisPlan {
  const { fused } = options;
  const own = weightMatrices(checkpoint, { fused });
  const plan = base === null ? own : againstBase(checkpoint, own, base, weightMatrices(base, { fused }));
  const { matrices, skipped } = plan;
  const groups = fusedItems(matrices);
  const all = rowsInOrder(plan).map((row): Item => {
    if ("error" in row) return { kind: "broken", broken: row };
    return groups.get(row) ?? { kind: "matrix", matrix: row };
  });
  const keep = nameFilter(options.layers);
  const kept = all.filter((item) => keep(item.kind === "broken" ? item.broken.name : item.matrix.name));
  const items = options.perTap ? kept.flatMap(tapItems) : kept;
  if (items.length === 0 && all.length > 0) {
    throw invalid("layers", options.layers, `globs that match some of the ${all.length} matrices`);
  }
  return { checkpoint, base, items, skipped };
}

/** The taps of a kernel one by one, as WeightWatcher's `pool=False`. */
function tapItems(item: Item): Item[] {
  if (item.kind !== "matrix" || item.matrix.taps === 1) return [item];
  const { matrix } = item;
  return Array.from({ length: matrix.taps }, (_, tap) => ({
    kind: "matrix",
    matrix: {
      ...tapMatrix(matrix, tap),
      name: `${matrix.name}#${tap}`,
      slice: { tap, taps: matrix.taps },
    },
  }));
}

/** Groups stay whole when a filter keeps only part of them: a row never depends on what else is asked for. */
function fusedItems(matrices: readonly WeightMatrix[]): Map<WeightMatrix, Item> {
  const items = new Map<WeightMatrix, Item>();
  for (const group of fusedGroups(matrices)) {
    for (const part of ["gate", "up", "fused"] as const) {
      items.set(group[part], { kind: "fused", matrix: group[part], part, group });
    }
  }
  return items;
}
