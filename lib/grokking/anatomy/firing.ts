import type { Examples } from "../examples.ts";
import type { Hidden } from "../hidden.ts";
import type { Parameters } from "../parameters.ts";

/** Which neurons of a hidden layer fire, that is, put out more than 0. */
export interface LayerFiring {
  /** Neurons that fire on one example at least. */
  readonly alive: number;
  readonly neurons: number;
  /** Mean number of neurons that fire on an example. */
  readonly active: number;
  /**
   * Of each example, whether no neuron fires: all further layers, and with them the answer, are then those of every other silent
   * example.
   */
  readonly silent: readonly boolean[];
}

/** Of every hidden layer of a network. */
export async function firing(
  hidden: Hidden,
  parameters: Parameters,
  { inputs, count }: Pick<Examples, "inputs" | "count">,
): Promise<LayerFiring[]> {
  return (await hidden(parameters, inputs, count)).map((outputs) => layerFiring(outputs, count));
}

function layerFiring(outputs: Float64Array, count: number): LayerFiring {
  const neurons = outputs.length / count;
  const alive = new Uint8Array(neurons);
  const silent: boolean[] = [];
  let fired = 0;
  for (let example = 0; example < count; example++) {
    const before = fired;
    for (let neuron = 0; neuron < neurons; neuron++) {
      if (outputs[example * neurons + neuron]! <= 0) continue;
      alive[neuron] = 1;
      fired++;
    }
    silent.push(fired === before);
  }
  return { alive: alive.reduce((sum, one) => sum + one, 0), neurons, active: fired / count, silent };
}
