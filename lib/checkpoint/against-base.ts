import { SpectrapError } from "../solver/error.ts";
import type { Source, StoredSource, WeightMatrix } from "../solver/matrix.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { matchPlans, pairError } from "./match-plans.ts";
import { parameterCount } from "./parameters.ts";
import type { Broken, Plan, Skipped } from "./plan.ts";

/**
 * The plan of a checkpoint seen from the one it was made from: W − W₀ for every matrix that has the name of one in the base,
 * or W₀ + scale·BA for every change that an adapter makes. Other matrices of a checkpoint are left out with a reason; a change
 * to a weight the base does not have is an error row, `PAIR_MISSING`, and so are sides that differ, `PAIR_SHAPE`.
 *
 * Throws PAIR_NONE if no name is in both, AD_UNSUPPORTED if the base is an adapter itself.
 */
export function againstBase(checkpoint: Checkpoint, plan: Plan, base: Checkpoint, basePlan: Plan): Plan {
  if (base.adapter !== null) {
    throw new SpectrapError("AD_UNSUPPORTED", "is an adapter, and a base is a model", {
      file: base.files[0]!.path,
      hint: "give the adapter as the location and its model as the base",
    });
  }
  const matrices: WeightMatrix[] = [];
  const broken: Broken[] = [];
  const alone = new Set<string>();
  for (const { own, other } of matchPlans(plan, basePlan, base.location)) {
    const order = matrices.length;
    if ("error" in own) {
      broken.push({ ...own, order });
    } else if (other === null && checkpoint.adapter === null) {
      alone.add(own.tensor);
    } else {
      const error = pairError(own, other, base.location);
      if (error === null)
        matrices.push({ ...own, source: combined(own.source, (other as WeightMatrix).source) });
      else
        broken.push({ name: own.name, tensor: own.tensor, role: own.role, layer: own.layer, error, order });
    }
  }
  return { matrices, broken, skipped: [...plan.skipped, ...leftOut(checkpoint, alone)] };
}

/** A matrix of a checkpoint is stored, and so is the base: neither is made of others. */
function combined(own: Source, base: Source): Source {
  if ("left" in own) return { ...own, base: base as StoredSource };
  return { encoding: "F64", minuend: own as StoredSource, subtrahend: base as StoredSource };
}

function leftOut({ tensors, layout }: Checkpoint, names: ReadonlySet<string>): Skipped[] {
  return tensors
    .filter(({ name }) => names.has(name))
    .map((tensor) => {
      const { name, shape, dtype } = tensor;
      const parameters = parameterCount(tensor, layout);
      return { tensor: name, shape, dtype, reason: "no matrix of this name in the base", parameters };
    });
}
