import { printable, SpectrapError } from "../solver/error.ts";
import type { WeightMatrix } from "../solver/matrix.ts";
import type { Broken, Plan } from "./plan.ts";

/** A row of one plan and what has its name in another; null if nothing has. */
export interface Match {
  own: WeightMatrix | Broken;
  other: WeightMatrix | Broken | null;
}

/**
 * The rows of a plan, in its order, with their partners in another one. Matrices belong together that have the same name,
 * wherever they stand and however they are stored. Throws PAIR_NONE if there is no pair at all.
 */
export function matchPlans(plan: Plan, other: Plan, location: string): Match[] {
  const byName = new Map<string, WeightMatrix | Broken>();
  for (const row of [...other.matrices, ...other.broken]) byName.set(row.name, row);
  const matches = rowsInOrder(plan).map((own): Match => ({ own, other: byName.get(own.name) ?? null }));
  const first = matches[0]?.own.name ?? "";
  if (matches.length > 0 && matches.every((match) => match.other === null)) {
    throw new SpectrapError(
      "PAIR_NONE",
      `has no matrix of the same name; one asked for is "${printable(first)}"`,
      {
        file: location,
        hint: "give two checkpoints of one architecture",
      },
    );
  }
  return matches;
}

/** Matrices and broken tensors as their rows follow each other. */
export function rowsInOrder({ matrices, broken }: Plan): (WeightMatrix | Broken)[] {
  const rows: (WeightMatrix | Broken)[] = [];
  let next = 0;
  for (let order = 0; order <= matrices.length; order++) {
    for (; next < broken.length && broken[next]!.order === order; next++) rows.push(broken[next]!);
    if (order < matrices.length) rows.push(matrices[order]!);
  }
  return rows;
}

/** Why a matrix cannot be set against its partner; null if it can. */
export function pairError(
  own: WeightMatrix,
  other: WeightMatrix | Broken | null,
  location: string,
): SpectrapError | null {
  if (other === null) {
    return new SpectrapError("PAIR_MISSING", `${location} has no matrix of this name`, { tensor: own.name });
  }
  if ("error" in other) return other.error;
  const sizes = [own, other].map(
    ({ rows, cols, taps }) => `${rows} × ${cols}${taps === 1 ? "" : ` × ${taps}`}`,
  );
  if (sizes[0] === sizes[1]) return null;
  return new SpectrapError("PAIR_SHAPE", `is ${sizes[0]}, and in ${location} ${sizes[1]}`, {
    tensor: own.name,
  });
}
