/** Seeded pseudo-random numbers (sfc32): the same seed and execution give the same case on every machine. */
export class Random {
  #a;
  #b;
  #c;
  #counter = 1;

  constructor(seed, execution) {
    this.#a = seed >>> 0;
    this.#b = execution >>> 0;
    this.#c = Math.floor(execution / 2 ** 32) >>> 0;
    for (let i = 0; i < 12; i++) this.#next();
  }

  #next() {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number from 0 to `limit` − 1. */
  below(limit) {
    return Math.floor((this.#next() / 2 ** 32) * limit);
  }

  chance(probability) {
    return this.#next() / 2 ** 32 < probability;
  }

  pick(items) {
    return items[this.below(items.length)];
  }
}
