import type { ModelConfig } from "../checkpoint/config.ts";

/** Layer, row and column (from zero) of an entry of a down-projection, stored hidden × intermediate. */
type Coordinate = readonly [layer: number, row: number, column: number];

interface KnownModel {
  model: string;
  /** Of a path or hub name, in lower case. */
  pattern: RegExp;
  modelType: string;
  hidden: number;
  intermediate: number;
  layers: number;
  coordinates: readonly Coordinate[];
}

/**
 * The super weights of M. Yu, D. Wang, Q. Shan, C. Reed, A. Wan, "The Super Weight in Large Language Models" (arXiv
 * 2411.07191), table 2: all 21, as published. The layer of the second of OLMo-1B is a misprint: see {@link CORRECTED}.
 */
const KNOWN: readonly KnownModel[] = [
  model("Llama-7B", /llama-?7b/, "llama", 4096, 11008, 32, [[2, 3968, 7003]]),
  model("Llama-13B", /llama-?13b/, "llama", 5120, 13824, 40, [
    [2, 2231, 2278],
    [2, 2231, 6939],
  ]),
  model("Llama-30B", /llama-?30b/, "llama", 6656, 17920, 60, [
    [3, 5633, 12817],
    [3, 5633, 17439],
    [10, 5633, 14386],
  ]),
  model("Llama-2-7B", /llama-?2-?7b/, "llama", 4096, 11008, 32, [[1, 2533, 7890]]),
  model("Llama-2-13B", /llama-?2-?13b/, "llama", 5120, 13824, 40, [[3, 4743, 7678]]),
  model("Mistral-7B", /mistral-7b/, "mistral", 4096, 14336, 32, [[1, 2070, 7310]]),
  model("OLMo-1B-0724", /olmo-1b/, "olmo", 2048, 8192, 16, [
    [1, 1764, 1710],
    [1, 1764, 8041],
  ]),
  model("OLMo-7B-0724", /olmo-7b/, "olmo", 4096, 11008, 32, [
    [1, 269, 7467],
    [2, 269, 8275],
    [7, 269, 453],
    [24, 269, 2300],
  ]),
  model("Phi-3-mini-4k", /phi-3-mini/, "phi3", 3072, 8192, 32, [
    [2, 525, 808],
    [2, 1693, 808],
    [2, 1113, 808],
    [4, 525, 2723],
    [4, 1113, 2723],
    [4, 1693, 2723],
  ]),
];

/** Layers where a coordinate is found although the paper's table names another; the paper's own code has them. */
const CORRECTED: readonly { model: string; published: Coordinate; layer: number }[] = [
  { model: "OLMo-1B-0724", published: [1, 1764, 8041], layer: 2 },
];

function model(
  name: string,
  pattern: RegExp,
  modelType: string,
  hidden: number,
  intermediate: number,
  layers: number,
  coordinates: readonly Coordinate[],
): KnownModel {
  return { model: name, pattern, modelType, hidden, intermediate, layers, coordinates };
}

/** A down-projection, and where its extreme entries stand. */
export interface DownProjection {
  rows: number;
  cols: number;
  layer: number | null;
  /** Rank by |w − mean|, from 1, value and margin of an entry; null if it is not among those kept. */
  entry(row: number, column: number): Placed | null;
}

export interface Placed {
  rank: number;
  value: number;
  margin: number;
}

/** What a checkpoint has at a published coordinate. */
export interface CoordinateCheck extends Partial<Placed> {
  model: string;
  /** As published; row and column of the matrix stored hidden × intermediate. */
  layer: number;
  row: number;
  column: number;
  /** Layer where the entry stands out, null for none. */
  foundInLayer: number | null;
  /** The checkpoint stores the matrix intermediate × hidden. */
  transposed: boolean;
  /** In words. */
  message: string;
}

/** From this rank on an entry is nothing special. */
const LAST_RANK = 100;

/**
 * Looks up the published coordinates of the models this checkpoint may be: the sizes of its down-projections are those of the
 * model, config.json does not say otherwise, and where the name in config.json or the path tells models of the same sizes apart,
 * it decides. Says *candidate*: whether an entry matters needs a forward pass.
 */
export function checkCoordinates(
  downs: readonly DownProjection[],
  config: ModelConfig | null,
  location: string,
): CoordinateCheck[] {
  return candidates(downs, config, location).flatMap((known) =>
    known.coordinates.flatMap((coordinate) => check(known, coordinate, downs) ?? []),
  );
}

function candidates(
  downs: readonly DownProjection[],
  config: ModelConfig | null,
  location: string,
): KnownModel[] {
  const agrees = <T>(said: T | undefined, known: T) => said === undefined || said === known;
  const possible = KNOWN.filter(
    (known) =>
      downs.some((down) => orientation(known, down) !== null) &&
      agrees(config?.modelType, known.modelType) &&
      agrees(config?.hiddenSize, known.hidden) &&
      agrees(config?.intermediateSize, known.intermediate) &&
      agrees(config?.layers, known.layers),
  );
  for (const name of [config?.name, location]) {
    const named = possible.filter(({ pattern }) => name !== undefined && pattern.test(name.toLowerCase()));
    if (named.length > 0) return named;
  }
  return possible;
}

function orientation({ hidden, intermediate }: KnownModel, { rows, cols }: DownProjection): boolean | null {
  if (rows === hidden && cols === intermediate) return false;
  return rows === intermediate && cols === hidden ? true : null;
}

/** Null if the checkpoint holds neither the published layer nor one where the entry stands out. */
function check(
  known: KnownModel,
  published: Coordinate,
  downs: readonly DownProjection[],
): CoordinateCheck | null {
  const [layer, row, column] = published;
  const fitting = downs.flatMap((down) => {
    const transposed = orientation(known, down);
    if (transposed === null) return [];
    const placed = transposed ? down.entry(column, row) : down.entry(row, column);
    return [{ layer: down.layer, transposed, placed: placed && placed.rank <= LAST_RANK ? placed : null }];
  });
  const own = fitting.find((down) => down.layer === layer);
  const found =
    own?.placed != null
      ? own
      : fitting
          .filter(({ placed }) => placed !== null)
          .sort((a, b) => a.placed!.rank - b.placed!.rank || (a.layer ?? 0) - (b.layer ?? 0))[0];
  const corrected = CORRECTED.find(
    ({ model: name, published: at }) => name === known.model && at.every((part, i) => part === published[i]),
  );
  if (own === undefined && found === undefined) return null;
  const transposed = (found ?? own)!.transposed;
  const place = `${known.model} layer ${layer} [${row}, ${column}]${transposed ? ", stored transposed" : ""}`;
  const standing = ({ rank, margin, value }: Placed) =>
    `rank ${rank}, ${value.toPrecision(4)}, margin ${margin.toFixed(2)}: a candidate; importance needs a forward pass`;
  const common = { model: known.model, layer, row, column, transposed };
  if (found?.placed == null) {
    const message = `${place}: not there, nor in another layer: not one of the ${LAST_RANK} most extreme entries`;
    return { ...common, foundInLayer: null, message };
  }
  const { placed } = found;
  const misprint = corrected?.layer === found.layer ? " (the published layer is a misprint)" : "";
  const where = found === own ? "" : `not there, found in layer ${found.layer}${misprint}, `;
  return {
    ...common,
    ...placed,
    foundInLayer: found.layer,
    message: `${place}: ${where}${standing(placed)}`,
  };
}
