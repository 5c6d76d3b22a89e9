import { esdFigure } from "../../report/figures/esd.ts";
import { fourierFigure } from "../../report/figures/fourier.ts";
import { prototypeFigure } from "../../report/figures/prototypes.ts";
import { type WeightDistributions, weightFigure } from "../../report/figures/weights.ts";
import { sides } from "../../solver/matrix.ts";
import type { Solver } from "../../solver/solver.ts";
import { fitWeightWatcherMp } from "../../spectrum/index.ts";
import { tokenSpectrum } from "../anatomy/fourier.ts";
import { nearestImages } from "../anatomy/nearest-image.ts";
import { prototypeImages } from "../anatomy/prototypes.ts";
import type { Examples } from "../examples.ts";
import { networkMatrix } from "../matrix.ts";
import type { LayerMeasures } from "../measures/layer-measures.ts";
import { weights } from "../measures/weights.ts";
import type { Parameters } from "../parameters.ts";
import type { Task } from "../tasks/task.ts";
import { type Edge, edgeTitle } from "./edges.ts";
import type { Experiment } from "./experiment.ts";
import { layerName } from "./layer-names.ts";

export interface NamedFigure {
  readonly name: string;
  readonly svg: string;
}

/** Training images beside each prototype. */
const NEAREST = 5;

/**
 * Figures of the network at the last checkpoint of each phase: spectra of every matrix, what it has learnt by heart or as a rule, and the
 * entries of its matrices at all of them.
 */
export async function* edgeFigures(
  experiment: Experiment,
  { train }: Task,
  edges: readonly Edge[],
  solver: Pick<Solver, "solve">,
): AsyncGenerator<NamedFigure> {
  for (const edge of edges) {
    const { phase, parameters, layers } = edge;
    const when = edgeTitle(edge);
    for (const layer of layers) {
      const svg = await layerEsd(
        parameters,
        layer,
        `${layerName(layer.name)}, ${when}`,
        experiment.seed,
        solver,
      );
      yield { name: `esd-${phase}-${layerName(layer.name)}`, svg };
    }
    if (experiment.network === "modadd") {
      yield { name: `fourier-${phase}`, svg: await tokenFourier(parameters, experiment.p, when) };
    } else if (Number.isInteger(Math.sqrt(train.width))) {
      yield { name: `prototypes-${phase}`, svg: await prototypes(parameters, train, when) };
    }
  }
  yield { name: "weights", svg: await weightFigure({ title: "Weights", matrices: distributions(edges) }) };
}

function distributions(edges: readonly Edge[]): WeightDistributions[] {
  return edges[0]!.layers.map(({ name }) => ({
    label: layerName(name),
    curves: edges.map((edge) => ({ label: edgeTitle(edge), values: edge.parameters[name]!.values })),
  }));
}

/** Bulk and trap threshold are those of WeightWatcher's fit to one shuffled copy. */
async function layerEsd(
  parameters: Parameters,
  { name, alpha, xmin }: LayerMeasures,
  title: string,
  seed: number,
  solver: Pick<Solver, "solve">,
): Promise<string> {
  const matrix = networkMatrix(parameters, name);
  const { N, M } = sides(matrix);
  const { taps } = await solver.solve({ matrix, precision: "double", seed, replicas: 1 });
  const [tap] = taps;
  const shuffled = tap!.shuffled[0]!;
  const fit = fitWeightWatcherMp(shuffled, N, M);
  return esdFigure({
    title,
    eigenvalues: tap!.eigenvalues,
    shuffled,
    ...(fit === null
      ? {}
      : {
          bulk: { N, M, sigma: fit.sigmaMp / (fit.WScale * Math.sqrt(N)) },
          trapThreshold: fit.spikeThreshold,
        }),
    ...(alpha === null || xmin === null ? {} : { tail: { alpha, xmin } }),
  });
}

async function prototypes(parameters: Parameters, train: Examples, when: string): Promise<string> {
  const found = await prototypeImages(weights(parameters));
  const side = Math.sqrt(train.width);
  return prototypeFigure({
    title: `Prototypes, ${when}`,
    width: side,
    height: side,
    prototypes: found.map(({ name, image }) => ({
      label: layerName(name),
      pixels: image,
      nearest: nearestImages(image, train, NEAREST).map(({ index, label, cosine }) => ({
        pixels: train.inputs.subarray(index * train.width, (index + 1) * train.width),
        label,
        cosine,
      })),
    })),
  });
}

function tokenFourier(parameters: Parameters, p: number, when: string): Promise<string> {
  const spectra = ["embed.weight", "unembed.weight"].map((name) => {
    const { shape, values } = parameters[name]!;
    return { label: layerName(name), energy: [...tokenSpectrum(values, p, shape[1]!).energy] };
  });
  return fourierFigure({ title: `Fourier energy of the tokens, ${when}`, spectra });
}
