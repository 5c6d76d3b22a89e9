import type { LayerMeasures } from "../measures/layer-measures.ts";
import type { Measures } from "../measures/measure.ts";

/** A number that may tell a collapse of generalisation, without a look at test examples. */
export interface Signal {
  readonly name: string;
  /** What it takes beside the weights. */
  readonly needs: "nothing" | "training data";
  /** Its value in a network; null where a measure it is made of has none. */
  readonly of: (measures: Measures) => number | null;
}

/**
 * The signals of the study (arXiv 2602.02859) and what they are made of. Those of the spectra are over the given matrices, by their names in a
 * checkpoint: the study takes the first two layers of its perceptron, and all eight matrices of its transformer.
 */
export function signals(names: readonly string[]): Signal[] {
  const sum = counted(names, (values) => values.reduce((total, value) => total + value, 0));
  const most = counted(names, (values) => Math.max(...values));
  const least = counted(names, (values) => Math.min(...values));
  const mean = counted(names, (values) => values.reduce((total, value) => total + value, 0) / values.length);
  return [
    { name: "traps, WeightWatcher", needs: "nothing", of: sum((layer) => layer.wwTraps?.median) },
    {
      name: "traps, WeightWatcher, centred",
      needs: "nothing",
      of: sum((layer) => layer.wwTrapsCentred?.median),
    },
    { name: "traps, calibrated", needs: "nothing", of: sum((layer) => layer.calibratedTraps?.median) },
    {
      name: "traps, calibrated, centred",
      needs: "nothing",
      of: sum((layer) => layer.calibratedTrapsCentred?.median),
    },
    { name: "traps of the mean", needs: "nothing", of: sum((layer) => numeral(layer.meanTrap)) },
    { name: "traps of entries", needs: "nothing", of: sum((layer) => layer.entryTraps) },
    { name: "traps, diffuse", needs: "nothing", of: sum((layer) => layer.diffuseTraps) },
    {
      name: "largest shuffled eigenvalue / edge",
      needs: "nothing",
      of: most(({ shuffledMax, bulkEdge }) => ratio(shuffledMax, bulkEdge)),
    },
    {
      name: "m²NM / edge",
      needs: "nothing",
      of: most(({ meanSpike, bulkEdge }) => ratio(meanSpike, bulkEdge)),
    },
    { name: "KS of the shuffled spectrum", needs: "nothing", of: most((layer) => layer.ks) },
    { name: "alpha, mean", needs: "nothing", of: mean((layer) => layer.alphaClipXmax) },
    { name: "alpha, least", needs: "nothing", of: least((layer) => layer.alphaClipXmax) },
    { name: "|alpha − 2|, mean", needs: "nothing", of: mean((layer) => fromTwo(layer.alphaClipXmax)) },
    { name: "ℓ2 norm", needs: "nothing", of: ({ l2Norm }) => l2Norm },
    { name: "ℓ2 norm, notebook", needs: "nothing", of: ({ l2NormNotebook }) => l2NormNotebook },
    { name: "weight entropy", needs: "nothing", of: ({ weightEntropy }) => weightEntropy },
    {
      name: "weight entropy, notebook",
      needs: "nothing",
      of: ({ weightEntropyNotebook }) => weightEntropyNotebook,
    },
    {
      name: "activation sparsity",
      needs: "training data",
      of: ({ activationSparsity }) => activationSparsity,
    },
    {
      name: "activation sparsity, notebook",
      needs: "training data",
      of: ({ activationSparsityNotebook }) => activationSparsityNotebook,
    },
    { name: "circuit complexity", needs: "training data", of: ({ circuitComplexity }) => circuitComplexity },
    {
      name: "circuit complexity, notebook",
      needs: "training data",
      of: ({ circuitComplexityNotebook }) => circuitComplexityNotebook,
    },
    { name: "train loss", needs: "training data", of: ({ trainCrossEntropy }) => trainCrossEntropy },
  ];
}

type OfLayer = (layer: LayerMeasures) => number | null | undefined;

/** Of the values of the named matrices one; null unless each has a value. */
function counted(names: readonly string[], reduce: (values: number[]) => number) {
  return (value: OfLayer) =>
    ({ layers }: Measures): number | null => {
      const values = names.map((name) => {
        const layer = layers.find((candidate) => candidate.name === name);
        return layer === undefined ? null : value(layer);
      });
      const known = values.filter((one) => one !== null && one !== undefined);
      return known.length < names.length || known.length === 0 ? null : reduce(known);
    };
}

function numeral(truth: boolean | null): number | null {
  return truth === null ? null : Number(truth);
}

function ratio(value: number, edge: number | null): number | null {
  return edge === null ? null : value / edge;
}

function fromTwo(alpha: number | null): number | null {
  return alpha === null ? null : Math.abs(alpha - 2);
}
