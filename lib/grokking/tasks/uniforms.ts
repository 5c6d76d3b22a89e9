import { type PhiloxKey, wordStream } from "../../spectrum/index.ts";

/** Uniform numbers k/2^32 of one stream of a key, one after the other: all exact, so the same on every machine. */
export class Uniforms {
  readonly #words: () => number;

  /** @param stream whole number below 2^32. */
  constructor(key: PhiloxKey, stream: number) {
    this.#words = wordStream(key, [stream, 0, 0]);
  }

  /** The next number from 0 to 1, without 1. */
  next(): number {
    return this.#words() / 2 ** 32;
  }

  /** From −1 to 1. */
  symmetric(): number {
    return 2 * this.next() - 1;
  }
}
