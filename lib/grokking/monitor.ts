import type { CountEnsemble } from "./measures/ensemble.ts";

/** What is said of a matrix during a training run. */
export interface TrapWarning {
  step: number;
  layer: string;
  /**
   * `traps`: most shuffles have one, for the first time or again. `confirmed`: the measurement after that one says so too.
   * `withdrawn`: it does not.
   */
  kind: "traps" | "confirmed" | "withdrawn";
  wwTraps: CountEnsemble;
}

/** The part of the measures of a matrix that the monitor reads. */
export interface WatchedLayer {
  name: string;
  wwTraps: CountEnsemble | null;
}

/**
 * Warns, as a network is trained, when more than half of the shuffles of a matrix begin to have a trap by
 * WeightWatcher's rule, of the matrix as it is, mean included. It warns at the first measurement that shows it and says at
 * the next whether it stayed. A measurement without a count changes nothing.
 */
export class TrapMonitor {
  readonly #states = new Map<string, "quiet" | "warned" | "confirmed">();

  /** Takes the measures of a step, later than the ones before; returns what is new. */
  record(step: number, layers: readonly WatchedLayer[]): TrapWarning[] {
    return layers.flatMap(({ name, wwTraps }) => {
      if (wwTraps === null) return [];
      const kind = this.#next(name, wwTraps.share > 0.5);
      return kind === null ? [] : [{ step, layer: name, kind, wwTraps }];
    });
  }

  #next(layer: string, trapped: boolean): TrapWarning["kind"] | null {
    const state = this.#states.get(layer) ?? "quiet";
    const after = !trapped ? "quiet" : state === "quiet" ? "warned" : "confirmed";
    this.#states.set(layer, after);
    if (after === state) return null;
    if (after === "warned") return "traps";
    return after === "confirmed" ? "confirmed" : "withdrawn";
  }
}
