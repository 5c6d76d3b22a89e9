import { trapAnatomy } from "../anatomy/anatomy.ts";
import { type NearestImage, nearestImage } from "../anatomy/nearest-image.ts";
import { imageNoise, probeDivergence, tokenProbes } from "../anatomy/probes.ts";
import { prototypeImages } from "../anatomy/prototypes.ts";
import { estimateOf } from "../estimate.ts";
import { weights } from "../measures/weights.ts";
import type { Forward } from "../parameters.ts";
import type { LayerAnatomy } from "../tables/anatomy.ts";
import type { Task } from "../tasks/task.ts";
import type { Edge } from "./edges.ts";
import type { Experiment } from "./experiment.ts";
import { layerName } from "./layer-names.ts";
import type { TrapRemovals } from "./trap-removals.ts";

/** Inputs on which networks are told apart: noise like the training images, or random tokens. */
export const PROBES = 200;
/** Of each prototype, for the cosines that chance gives. */
const PIXEL_SHUFFLES = 99;

/** Every matrix at the last checkpoint of a phase: its largest trap and its prototype. */
export async function layerAnatomies(
  experiment: Experiment,
  { train }: Task,
  forward: Forward,
  { phase, step, parameters }: Edge,
  removals: readonly TrapRemovals[],
): Promise<LayerAnatomy[]> {
  const { network, seed } = experiment;
  const probes =
    network === "mlp" ? imageNoise(train, PROBES, seed) : tokenProbes(PROBES, experiment.p, seed);
  const nearest = new Map<string, NearestImage>();
  if (network === "mlp") {
    for (const { name, image } of await prototypeImages(weights(parameters))) {
      nearest.set(name, nearestImage(image, train, { seed, shuffles: PIXEL_SHUFFLES }));
    }
  }
  const rows: LayerAnatomy[] = [];
  for (const { name, traps, altered } of removals) {
    const largest = traps?.[0];
    const moved = async (kind: keyof NonNullable<LayerAnatomy["divergence"]>) => {
      const without = altered.find((one) => one.kind === kind)!.parameters;
      return estimateOf([...(await probeDivergence(forward, parameters, without, probes)).values])!;
    };
    rows.push({
      phase,
      step,
      layer: layerName(name),
      traps: traps?.length ?? null,
      trap: largest === undefined ? null : { ...trapAnatomy(largest), strength: largest.strength },
      divergence:
        largest === undefined
          ? null
          : {
              subtract: await moved("subtract"),
              replace: await moved("replace"),
              random_rank_one: await moved("random_rank_one"),
            },
      nearest: nearest.get(name) ?? null,
    });
  }
  return rows;
}
