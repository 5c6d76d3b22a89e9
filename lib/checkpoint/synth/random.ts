import { type PhiloxKey, philox4x32 } from "../../spectrum/philox.ts";
import { shuffleKey } from "../../spectrum/shuffle.ts";
import { wordStream } from "../../spectrum/word-stream.ts";
import { gaussianPair } from "./gaussian.ts";

/** Philox counters are [block, row, stream, 0]. */
const GAUSSIAN = 0;
const CHOICE = 1;

/** Random numbers that belong to a name: Gaussian rows in any order, and choices one after the other. */
export class KeyedRandom {
  readonly #key: PhiloxKey;
  readonly #words = new Uint32Array(4);
  readonly #quad = new Float64Array(4);
  readonly #choices: () => number;

  constructor(seed: number, name: string) {
    // A key of its own: that of the name alone belongs to the matrix's shuffle, which must know nothing of its content.
    this.#key = shuffleKey(seed, `synth\0${name}`);
    this.#choices = wordStream(this.#key, [0, CHOICE, 0]);
  }

  /** Fills `out` with the independent standard Gaussians of a row. */
  gaussians(row: number, out: Float64Array): void {
    const words = this.#words;
    const whole = out.length - (out.length % 4);
    for (let i = 0; i < whole; i += 4) {
      philox4x32([i >>> 2, row, GAUSSIAN, 0], this.#key, words);
      gaussianPair(words[0]!, words[1]!, out, i);
      gaussianPair(words[2]!, words[3]!, out, i + 2);
    }
    if (whole === out.length) return;
    const quad = this.#quad;
    philox4x32([whole >>> 2, row, GAUSSIAN, 0], this.#key, words);
    gaussianPair(words[0]!, words[1]!, quad, 0);
    gaussianPair(words[2]!, words[3]!, quad, 2);
    out.set(quad.subarray(0, out.length - whole), whole);
  }

  /** The next choice, an integer from 0 to bound − 1; uniform up to bound/2^32. */
  below(bound: number): number {
    return Math.floor((this.#choices() / 2 ** 32) * bound);
  }
}
