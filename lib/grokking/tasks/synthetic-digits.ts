import { shuffleKey } from "../../spectrum/index.ts";
import type { Examples } from "../examples.ts";
import { DIGIT_STROKES, STROKE_GRID } from "./digit-strokes.ts";
import type { Task } from "./task.ts";
import { Uniforms } from "./uniforms.ts";

export interface DigitsOptions {
  /** Pixels of a side: 14 and 28 are used. */
  side: number;
  trainPerClass: number;
  testPerClass: number;
  seed: number;
  /**
   * From 0, digits that differ in nothing but a shift, to 1. Default {@link DEFAULT_DIFFICULTY}: with 25 examples a class and
   * 14 × 14 pixels the nearest neighbour names four of five.
   */
  difficulty?: number;
}

export const DEFAULT_DIFFICULTY = 0.5;

/** What a difficulty of 1 adds, in sides of the image where it is a length. */
const ROTATION = 0.55;
const SHEAR = 0.55;
const STRETCH = 0.44;
const SHIFT = 0.165;
const JITTER = 0.11;
const WIDTH_SPREAD = 0.5;
const NOISE = 0.88;
/** Half the width of a stroke, and the shift that is always there. */
const HALF_WIDTH = 0.05;
const LEAST_SHIFT = 0.01;

/**
 * Digits drawn by machine: a polyline each, of random slant, size, place, stroke width and jitter, with noise over it, and pixels of
 * whole 255ths from 0 to 1. Nothing but sums, products, quotients and square roots goes in, which IEEE 754 rounds in one
 * way only, so the same seed gives the same bytes everywhere. Label i mod 10 has example i, whose pixels do not depend on
 * how many there are.
 *
 * @throws RangeError for a side below 8 or above 256, a difficulty outside [0, 1], or a count below 1.
 */
export function syntheticDigits(options: DigitsOptions): Task {
  const { side, trainPerClass, testPerClass, difficulty = DEFAULT_DIFFICULTY } = options;
  if (!(Number.isInteger(side) && side >= 8 && side <= 256)) {
    throw new RangeError(`a side is a whole number from 8 to 256, received ${side}`);
  }
  if (!(difficulty >= 0 && difficulty <= 1))
    throw new RangeError(`a difficulty lies in [0, 1], received ${difficulty}`);
  for (const count of [trainPerClass, testPerClass]) {
    if (!(Number.isInteger(count) && count >= 1 && count <= 100_000)) {
      throw new RangeError(`examples per class are a whole number from 1 to 100000, received ${count}`);
    }
  }
  return {
    train: drawn("train", trainPerClass, options, difficulty),
    test: drawn("test", testPerClass, options, difficulty),
  };
}

function drawn(part: string, perClass: number, { side, seed }: DigitsOptions, difficulty: number): Examples {
  const classes = DIGIT_STROKES.length;
  const count = classes * perClass;
  const width = side * side;
  const key = shuffleKey(seed, `grokking\0digits\0${part}`);
  const inputs = new Float64Array(count * width);
  const labels = new Uint32Array(count);
  for (let example = 0; example < count; example++) {
    const label = example % classes;
    const pixels = inputs.subarray(example * width, (example + 1) * width);
    draw(pixels, side, DIGIT_STROKES[label]!, difficulty, new Uniforms(key, example));
    labels[example] = label;
  }
  return { count, width, classes, inputs, labels };
}

function draw(
  pixels: Float64Array,
  side: number,
  stroke: readonly number[],
  difficulty: number,
  random: Uniforms,
): void {
  const points = transformed(stroke, difficulty, random);
  const half = HALF_WIDTH * (1 + WIDTH_SPREAD * difficulty * random.symmetric());
  const pixel = 1 / side;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const distance = distanceTo(points, (column + 0.5) * pixel, (row + 0.5) * pixel);
      // From 1 inside to 0 outside over the width of a pixel.
      const ink = clamped((half - distance) / pixel + 0.5);
      const value = clamped(ink + NOISE * difficulty * bell(random));
      pixels[row * side + column] = Math.round(255 * value) / 255;
    }
  }
}

/** The points of a stroke in sides of the image: turned, sheared, stretched, moved, each shaken by itself. */
function transformed(stroke: readonly number[], difficulty: number, random: Uniforms): Float64Array {
  const spread = (most: number) => difficulty * most * random.symmetric();
  // A rational point of the circle: cos and sin of 2·arctan(half), which every machine rounds alike.
  const half = spread(ROTATION) / 2;
  const cos = (1 - half * half) / (1 + half * half);
  const sin = (2 * half) / (1 + half * half);
  const shear = spread(SHEAR);
  const [stretchX, stretchY] = [1 + spread(STRETCH), 1 + spread(STRETCH)];
  const [shiftX, shiftY] = [0, 0].map(() => spread(SHIFT) + LEAST_SHIFT * random.symmetric()) as [
    number,
    number,
  ];
  const points = new Float64Array(stroke.length);
  for (let i = 0; i < stroke.length; i += 2) {
    const x = (stroke[i]! / STROKE_GRID - 0.5) * stretchX + spread(JITTER);
    const y = (stroke[i + 1]! / STROKE_GRID - 0.5) * stretchY + spread(JITTER);
    const slanted = x + shear * y;
    points[i] = 0.5 + cos * slanted - sin * y + shiftX;
    points[i + 1] = 0.5 + sin * slanted + cos * y + shiftY;
  }
  return points;
}

/** Distance of a place from a polyline. */
function distanceTo(points: Float64Array, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 2; i < points.length; i += 2) {
    const fromX = points[i - 2]!;
    const fromY = points[i - 1]!;
    const alongX = points[i]! - fromX;
    const alongY = points[i + 1]! - fromY;
    const square = alongX * alongX + alongY * alongY;
    const part = square === 0 ? 0 : clamped(((x - fromX) * alongX + (y - fromY) * alongY) / square);
    const awayX = x - fromX - part * alongX;
    const awayY = y - fromY - part * alongY;
    least = Math.min(least, awayX * awayX + awayY * awayY);
  }
  return Math.sqrt(least);
}

/** About normal, of deviation 1/3: the mean of three uniform numbers from −1 to 1. */
function bell(random: Uniforms): number {
  return (random.symmetric() + random.symmetric() + random.symmetric()) / 3;
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
