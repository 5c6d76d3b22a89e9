import { KeyedRandom } from "../../checkpoint/synth/random.ts";
import type { Examples } from "../examples.ts";
import { dot, reorder, unit } from "./vector.ts";

/** The training image that a direction at the input looks most like. */
export interface NearestImage {
  index: number;
  label: number;
  /** Signed: a direction and its negative have the same nearest image. */
  cosine: number;
  /** Mean over the shuffles of the largest |cosine|. */
  nullCosine: number;
  /**
   * (1 + shuffles with as large a |cosine|)/(1 + shuffles). The null is the same direction with its pixels in another order. It
   * has lost its smoothness, too, so that a small value says "looks like digits" before it says "has memorised one".
   */
  p: number;
}

/**
 * The nearest of centred images by |cosine|. What all images share is taken out: the mean image from each of them, and
 * then from images and direction alike their part along it, so that a direction which is an image, and one which is an image
 * less the mean, are both found with cosine 1.
 *
 * @param direction over the pixels; not all of it along the mean image.
 * @throws RangeError if it has another width than the images.
 */
export function nearestImage(
  direction: Float64Array,
  images: Examples,
  { seed, shuffles = 200 }: { seed: number; shuffles?: number },
): NearestImage {
  checkWidth(direction, images);
  const centred = new CentredImages(images);
  const cosines = centred.cosines(direction);
  const index = largest(cosines);
  const found = Math.abs(cosines[index]!);
  const random = new KeyedRandom(seed, "prototype null");
  const shuffled = direction.slice();
  let [asLarge, total] = [0, 0];
  for (let round = 0; round < shuffles; round++) {
    reorder(shuffled, random);
    const top = centred.cosines(shuffled).reduce((most, cosine) => Math.max(most, Math.abs(cosine)), 0);
    total += top;
    if (top >= found) asLarge++;
  }
  return {
    index,
    label: images.labels[index]!,
    cosine: cosines[index]!,
    nullCosine: total / shuffles,
    p: (1 + asLarge) / (1 + shuffles),
  };
}

/** The k nearest of centred images by |cosine|, the nearest first, as {@link nearestImage} takes it. Throws RangeError as it does. */
export function nearestImages(
  direction: Float64Array,
  images: Examples,
  k: number,
): Pick<NearestImage, "index" | "label" | "cosine">[] {
  checkWidth(direction, images);
  const cosines = new CentredImages(images).cosines(direction);
  return Array.from(cosines, (cosine, index) => ({ index, label: images.labels[index]!, cosine }))
    .sort((a, b) => Math.abs(b.cosine) - Math.abs(a.cosine))
    .slice(0, k);
}

/** The class of the nearest training image of each example, by cosine of centred images. */
export function nearestClasses(examples: Examples, training: Examples): Uint32Array {
  const centred = new CentredImages(training);
  return Uint32Array.from({ length: examples.count }, (_, i) => {
    const image = examples.inputs.subarray(i * examples.width, (i + 1) * examples.width);
    const cosines = centred.cosines(image);
    return training.labels[cosines.reduce((best, cosine, k) => (cosine > cosines[best]! ? k : best), 0)]!;
  });
}

/** How many of the wrong predictions memory accounts for. */
export interface ErrorsExplained {
  errors: number;
  explained: number;
  /** Null without errors. */
  share: number | null;
  /** The share if every wrong example went to any of its wrong classes alike. */
  expected: number | null;
}

/**
 * Wrong predictions that go to the class of the nearest training image.
 *
 * @param nearest that class: one for all examples, of the image that a prototype memorises, or one for each, as
 *   {@link nearestClasses} gives them.
 */
export function errorsExplained(
  labels: Uint32Array,
  predictions: Uint32Array,
  nearest: number | Uint32Array,
  classes: number,
): ErrorsExplained {
  let [errors, explained, possible] = [0, 0, 0];
  labels.forEach((label, i) => {
    if (predictions[i] === label) return;
    const memory = typeof nearest === "number" ? nearest : nearest[i]!;
    errors++;
    if (memory !== label) possible++;
    if (predictions[i] === memory) explained++;
  });
  return {
    errors,
    explained,
    share: errors === 0 ? null : explained / errors,
    expected: errors === 0 ? null : possible / (classes - 1) / errors,
  };
}

function checkWidth(direction: Float64Array, images: Examples): void {
  if (direction.length !== images.width) {
    throw new RangeError(`a direction of ${direction.length} pixels among images of ${images.width}`);
  }
}

/** Images without what they share. */
class CentredImages {
  readonly #rows: Float64Array[];
  /** The mean image, of norm 1. */
  readonly #mean: Float64Array;

  constructor({ inputs, count, width }: Examples) {
    const mean = new Float64Array(width);
    inputs.forEach((pixel, i) => {
      mean[i % width]! += pixel / count;
    });
    this.#mean = unit(mean);
    // The mean image lies along itself, so that taking out that part of an image takes it out, too.
    this.#rows = Array.from({ length: count }, (_, i) =>
      unit(this.#without(inputs.subarray(i * width, (i + 1) * width))),
    );
  }

  /** Of a vector with every image; 0 with one of which nothing is left. */
  cosines(vector: Float64Array): Float64Array {
    const v = unit(this.#without(vector));
    return Float64Array.from(this.#rows, (row) => dot(row, v));
  }

  #without(vector: Float64Array): Float64Array {
    const along = dot(vector, this.#mean);
    return vector.map((pixel, i) => pixel - along * this.#mean[i]!);
  }
}

function largest(cosines: Float64Array): number {
  return cosines.reduce((best, cosine, i) => (Math.abs(cosine) > Math.abs(cosines[best]!) ? i : best), 0);
}
