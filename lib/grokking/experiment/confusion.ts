import { type ConfusionMatrix, confusionFigure } from "../../report/figures/confusion.ts";
import { outcomeOf } from "../anatomy/effect.ts";
import type { Examples } from "../examples.ts";
import type { Forward, Parameters } from "../parameters.ts";
import { predict } from "../predictions.ts";
import { type Edge, edgeTitle } from "./edges.ts";
import { INTERVENTION_LABELS } from "./intervention-effects.ts";
import { layerName } from "./layer-names.ts";
import type { TrapRemovals } from "./trap-removals.ts";

/** Beside the network as trained: what arXiv 2605.12394 does to the trap of the first layer, and plain subtraction. */
const SHOWN = ["subtract", "replace"] as const;

/** What test examples are taken for, by the network as it is and without the largest trap of its first matrix that has one. */
export async function edgeConfusion(
  edge: Edge,
  removals: readonly TrapRemovals[],
  forward: Forward,
  examples: Examples,
): Promise<string> {
  const confusionOf = async (label: string, parameters: Parameters): Promise<ConfusionMatrix> => {
    const { labels, classes } = examples;
    const { confusion } = outcomeOf(labels, await predict(forward, parameters, examples), classes);
    const counts = Array.from({ length: classes }, (_, k) => [
      ...confusion.subarray(k * classes, (k + 1) * classes),
    ]);
    return { label, counts };
  };
  const matrices = [await confusionOf("as trained", edge.parameters)];
  const first = removals.find(({ altered }) => altered.length > 0);
  for (const kind of first === undefined ? [] : SHOWN) {
    const { parameters } = first!.altered.find((one) => one.kind === kind)!;
    matrices.push(await confusionOf(`${layerName(first!.name)}: ${INTERVENTION_LABELS[kind]}`, parameters));
  }
  return confusionFigure({ title: `Confusion of the test examples, ${edgeTitle(edge)}`, matrices });
}
