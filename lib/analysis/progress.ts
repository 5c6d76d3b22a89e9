/** How far an analysis is, told as each matrix finishes. */
export interface Progress {
  /** Matrices finished, failed ones and those of earlier sessions included. */
  done: number;
  total: number;
  /** How many of `done` failed. */
  failed: number;
  /** Floating-point operations of the finished matrices, and of all. */
  flopsDone: number;
  flopsTotal: number;
  /** Operations per second since the start of this session, or null before anything is measurable. */
  flopsPerSecond: number | null;
  secondsElapsed: number;
  /** At the rate so far, or null while there is none. */
  secondsRemaining: number | null;
  /** The matrix that has just finished. */
  name: string;
}

/** Counts work as it finishes; `now` is a clock in seconds. */
export class ProgressMeter {
  readonly #total: number;
  #flopsTotal: number;
  readonly #now: () => number;
  readonly #start: number;
  #done = 0;
  #failed = 0;
  #flopsDone = 0;
  #flopsRestored = 0;

  constructor(total: number, flopsTotal: number, now: () => number = () => performance.now() / 1000) {
    this.#total = total;
    this.#flopsTotal = flopsTotal;
    this.#now = now;
    this.#start = now();
  }

  /** Work that nobody could know of before. */
  add(flops: number): void {
    this.#flopsTotal += flops;
  }

  /** Counts a matrix that an earlier session has finished. */
  restore(flops: number, failed: boolean): void {
    this.#done++;
    this.#flopsRestored += flops;
    if (failed) this.#failed++;
  }

  finish(name: string, flops: number, failed: boolean): Progress {
    this.#done++;
    this.#flopsDone += flops;
    if (failed) this.#failed++;
    const secondsElapsed = this.#now() - this.#start;
    const rate = secondsElapsed > 0 && this.#flopsDone > 0 ? this.#flopsDone / secondsElapsed : null;
    const finished = this.#done === this.#total;
    return {
      done: this.#done,
      total: this.#total,
      failed: this.#failed,
      flopsDone: this.#flopsRestored + this.#flopsDone,
      flopsTotal: this.#flopsTotal,
      flopsPerSecond: rate,
      secondsElapsed,
      secondsRemaining: finished ? 0 : rate === null ? null : this.#flopsLeft() / rate,
      name,
    };
  }

  #flopsLeft(): number {
    return this.#flopsTotal - this.#flopsRestored - this.#flopsDone;
  }
}
