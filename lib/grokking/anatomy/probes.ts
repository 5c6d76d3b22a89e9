import { KeyedRandom } from "../../checkpoint/synth/random.ts";
import type { Examples } from "../examples.ts";
import type { Forward, Parameters } from "../parameters.ts";
import { classHistogram, predict } from "../predictions.ts";
import { softmax } from "../softmax.ts";
import { deviation, mean, reorder } from "./vector.ts";

/** Inputs without labels, row-major count × width. */
export type Probes = Pick<Examples, "inputs" | "count" | "width">;

/** Independent Gaussian pixels of a given mean and standard deviation. */
export function gaussianProbes(
  count: number,
  width: number,
  law: { mean: number; deviation: number; seed: number },
): Probes {
  const inputs = new Float64Array(count * width);
  const random = new KeyedRandom(law.seed, "gaussian probes");
  for (let i = 0; i < count; i++) random.gaussians(i, inputs.subarray(i * width, (i + 1) * width));
  return { count, width, inputs: inputs.map((z) => law.mean + law.deviation * z) };
}

/** Gaussian noise of the mean and the standard deviation of these images' pixels. */
export function imageNoise({ inputs, width }: Probes, count: number, seed: number): Probes {
  return gaussianProbes(count, width, { mean: mean(inputs), deviation: deviation(inputs), seed });
}

/** Pairs of independent tokens, each uniform over 0…p − 1, and the sign "=", which a network has to see to answer. */
export function tokenProbes(count: number, p: number, seed: number): Probes {
  const random = new KeyedRandom(seed, "token probes");
  const inputs = Float64Array.from({ length: 3 * count }, (_, i) => (i % 3 === 2 ? p : random.below(p)));
  return { count, width: 3, inputs };
}

/** Every image with its own pixels in another order. */
export function pixelShuffledProbes({ inputs, count, width }: Probes, seed: number): Probes {
  const random = new KeyedRandom(seed, "pixel shuffle");
  const shuffled = inputs.slice();
  for (let example = 0; example < count; example++) {
    reorder(shuffled.subarray(example * width, (example + 1) * width), random);
  }
  return { count, width, inputs: shuffled };
}

/** How far two networks' answers to probes are apart. */
export interface Divergence {
  /** J: mean over the probes of JS(softmax z, softmax z′), in nats: 0 for equal answers, at most ln 2. */
  mean: number;
  /** Of the mean. */
  standardError: number;
  /** Of each probe. */
  values: Float64Array;
}

/**
 * The data-free test of an intervention (Prakash and Martin 2026, arXiv 2605.12394, at temperature 1): how far it moves
 * the answers to probes that no data set is needed for.
 */
export async function probeDivergence(
  forward: Forward,
  before: Parameters,
  after: Parameters,
  { inputs, count }: Probes,
): Promise<Divergence> {
  if (count < 2) throw new RangeError(`a mean with its error takes two probes at least, received ${count}`);
  const [z, altered] = [await forward(before, inputs, count), await forward(after, inputs, count)];
  const classes = z.length / count;
  const values = Float64Array.from({ length: count }, (_, i) =>
    jensenShannon(
      softmax(z.subarray(i * classes, (i + 1) * classes)),
      softmax(altered.subarray(i * classes, (i + 1) * classes)),
    ),
  );
  return { mean: mean(values), standardError: deviation(values) / Math.sqrt(count - 1), values };
}

/** ½ KL(p‖m) + ½ KL(q‖m) with m = ½(p + q) (Lin 1991), in nats. */
export function jensenShannon(p: Float64Array, q: Float64Array): number {
  let divergence = 0;
  for (let i = 0; i < p.length; i++) divergence += towardsMean(p[i]!, q[i]!) + towardsMean(q[i]!, p[i]!);
  // Rounding may leave the interval by an ulp or so.
  return Math.min(Math.LN2, Math.max(0, divergence / 2));
}

function towardsMean(a: number, b: number): number {
  return a === 0 ? 0 : a * Math.log((2 * a) / (a + b));
}

/** Predicted classes of images, of the same without their shapes, and of noise with the images' mean and deviation. */
export interface NormRule {
  images: Uint32Array;
  pixelShuffled: Uint32Array;
  gaussian: Uint32Array;
}

/**
 * Whether a network answers to more than brightness: a class that also gets the pixel-shuffled images and the noise follows
 * from the size of the input, not from its shape. Each histogram sums to the number of images.
 */
export async function normRule(
  forward: Forward,
  parameters: Parameters,
  images: Examples,
  seed: number,
): Promise<NormRule> {
  const { count, classes } = images;
  const histogram = async (probes: Probes): Promise<Uint32Array> =>
    classHistogram(await predict(forward, parameters, { ...probes, classes }), classes);
  return {
    images: await histogram(images),
    pixelShuffled: await histogram(pixelShuffledProbes(images, seed)),
    gaussian: await histogram(imageNoise(images, count, seed)),
  };
}
