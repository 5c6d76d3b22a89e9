import { SpectrapError } from "../solver/error.ts";
import type { WeightMatrix } from "../solver/matrix.ts";
import { MAX_MATRICES } from "./limits.ts";
import { naturalOrder } from "./natural-order.ts";
import type { Broken, Plan, Skipped } from "./plan.ts";

/** Layers come first, then tensors without a layer, then embeddings and heads, which are the largest. */
export const SECTIONS = { layers: 0, others: 1, embedding: 2, head: 3 } as const;

/** Where a row stands; compared part by part in this order. Rows of one place stay in the order they came in. */
export interface Place {
  section: (typeof SECTIONS)[keyof typeof SECTIONS];
  layer?: number;
  /** In the layer. */
  position?: number;
  expert?: number;
  /** Of the expert. */
  part?: number;
}

type Row = { place: Place } & ({ matrix: WeightMatrix } | { broken: Omit<Broken, "order"> });

/** A plan in the making: every tensor is claimed by a matrix, an error or a reason to skip it. */
export class PlanDraft {
  private readonly rows: Row[] = [];
  private readonly skipped: Skipped[] = [];
  private readonly claimed = new Set<string>();

  isClaimed(tensor: string): boolean {
    return this.claimed.has(tensor);
  }

  claim(tensor: string): void {
    this.claimed.add(tensor);
  }

  add(place: Place, matrix: WeightMatrix): void {
    if (this.rows.length === MAX_MATRICES) {
      throw new SpectrapError("CK_LIMIT", `declares more than ${MAX_MATRICES} matrices`, {
        tensor: matrix.tensor,
        hint: "check that this is a real model",
      });
    }
    this.claim(matrix.tensor);
    this.rows.push({ place, matrix });
  }

  break(place: Place, broken: Omit<Broken, "order">): void {
    this.claim(broken.tensor);
    this.rows.push({ place, broken });
  }

  skip(skipped: Skipped): void {
    this.claim(skipped.tensor);
    this.skipped.push(skipped);
  }

  finish(): Plan {
    const plan: Plan = { matrices: [], skipped: this.skipped, broken: [] };
    plan.skipped.sort((a, b) => naturalOrder(a.tensor, b.tensor));
    const taken = new Set<string>();
    for (const row of this.rows.sort(byPlace)) {
      if ("matrix" in row) plan.matrices.push({ ...row.matrix, name: unique(row.matrix.name, taken) });
      else
        plan.broken.push({
          ...row.broken,
          name: unique(row.broken.name, taken),
          order: plan.matrices.length,
        });
    }
    return plan;
  }
}

function byPlace(a: Row, b: Row): number {
  return (
    a.place.section - b.place.section ||
    (a.place.layer ?? 0) - (b.place.layer ?? 0) ||
    (a.place.position ?? 0) - (b.place.position ?? 0) ||
    (a.place.expert ?? 0) - (b.place.expert ?? 0) ||
    (a.place.part ?? 0) - (b.place.part ?? 0)
  );
}

/** Only a file made to confuse has a tensor named like one of our ids; the later one gets a number. */
function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let n = 2; taken.has(candidate); n++) candidate = `${name}#${n}`;
  taken.add(candidate);
  return candidate;
}
