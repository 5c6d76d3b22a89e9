import { type PhiloxKey, philox4x32 } from "../../spectrum/index.ts";

/** Uniform numbers k/2^32 of one stream of a key, one after the other: all exact, so the same on every machine. */
export class Uniforms {
  readonly #key: PhiloxKey;
  readonly #stream: number;
  readonly #words = new Uint32Array(4);
  #drawn = 0;

  /** @param stream whole number below 2^32. */
  constructor(key: PhiloxKey, stream: number) {
    this.#key = key;
    this.#stream = stream;
  }

  /** The next number from 0 to 1, without 1. */
  next(): number {
    const lane = this.#drawn % 4;
    if (lane === 0) philox4x32([this.#drawn >>> 2, this.#stream, 0, 0], this.#key, this.#words);
    this.#drawn += 1;
    return this.#words[lane]! / 2 ** 32;
  }

  /** From −1 to 1. */
  symmetric(): number {
    return 2 * this.next() - 1;
  }
}
