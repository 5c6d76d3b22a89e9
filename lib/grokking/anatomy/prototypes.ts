import { eigen } from "../../solver/eigen.ts";
import { localisation } from "../../spectrum/index.ts";
import type { NetworkMatrix } from "../matrix.ts";
import { unit } from "./vector.ts";

/** What a layer's leading direction looks like at the input. */
export interface Prototype {
  /** Name of the layer's matrix. */
  name: string;
  /** v, its leading right singular vector: of norm 1, over the units (of the first layer: the pixels) it reads. */
  direction: Float64Array;
  singularValue: number;
  /** vᵀW_{l−1}…W_1, of norm 1, over the pixels; for the first layer v itself. Zero if nothing comes through. */
  image: Float64Array;
  /** 1/Σ image⁴: pixels that take part. Null of a zero image. */
  participation: number | null;
}

/**
 * Prototype images of a network's layers (Prakash and Martin 2026, arXiv 2602.02859, figures 7 and 15), biases and ReLU left
 * out. The largest component of each direction is positive: singular vectors have no sign.
 *
 * @param layers W_1, W_2, …, each out × in.
 * @throws RangeError if a layer does not read what the one before it writes; by rejection, as `eigen`.
 */
export async function prototypeImages(layers: readonly NetworkMatrix[]): Promise<Prototype[]> {
  const prototypes: Prototype[] = [];
  for (const [index, layer] of layers.entries()) {
    const { direction, singularValue } = await leadingDirection(layer);
    const image = unit(layers.slice(0, index).reduceRight((row, below) => rowTimes(row, below), direction));
    const participation = image.some((pixel) => pixel !== 0) ? localisation(image).participation : null;
    prototypes.push({ name: layer.name, direction, singularValue, image, participation });
  }
  return prototypes;
}

/** A row of the first layer, and how much of it a prototype is made of. */
export interface PrototypeRow {
  row: number;
  coefficient: number;
  image: Float64Array;
}

/**
 * The k rows of a layer with the largest |coefficient|, the largest first.
 *
 * @param coefficients one for each row: the direction of the next layer's prototype.
 * @throws RangeError if there are not as many as rows.
 */
export function leadingRows(layer: NetworkMatrix, coefficients: Float64Array, k: number): PrototypeRow[] {
  const { rows, cols, source } = layer;
  if (coefficients.length !== rows) {
    throw new RangeError(`${coefficients.length} coefficients for the ${rows} rows of ${layer.name}`);
  }
  return Array.from(coefficients, (coefficient, row) => ({ row, coefficient }))
    .sort((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient))
    .slice(0, k)
    .map(({ row, coefficient }) => ({
      row,
      coefficient,
      image: source.values.slice(row * cols, (row + 1) * cols),
    }));
}

async function leadingDirection(
  layer: NetworkMatrix,
): Promise<{ direction: Float64Array; singularValue: number }> {
  const { rows, cols, source } = layer;
  const pairs = await eigen({ values: source.values, rows, cols }, { vectors: { top: 1 } });
  // Of a wide matrix these are the left vectors: Wᵀu = σv.
  const vector = rows >= cols ? pairs.vectors! : rowTimes(pairs.vectors!, layer);
  const direction = unit(vector);
  const sign = Math.sign(direction[localisation(direction).peak]!);
  return { direction: direction.map((v) => sign * v), singularValue: Math.sqrt(pairs.values.at(-1)!) };
}

/** xᵀW. */
function rowTimes(x: Float64Array, { name, rows, cols, source }: NetworkMatrix): Float64Array {
  if (x.length !== rows) throw new RangeError(`${name} writes ${rows} units, but ${x.length} are read`);
  const product = new Float64Array(cols);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) product[col]! += x[row]! * source.values[row * cols + col]!;
  }
  return product;
}
