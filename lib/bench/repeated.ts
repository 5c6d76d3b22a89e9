import { median } from "./statistics.ts";

/** Small problems are solved again until this much time is spent: the clock and the caches need it. */
const ENOUGH_SECONDS = 0.2;
const MOST_REPEATS = 200;

/** Repeats a measurement that takes less than a fifth of a second, and gives the medians with the last result. */
export function repeated<Result extends { seconds: number; cpuSeconds: number }>(
  measure: () => Result,
): { seconds: number; cpuSeconds: number; last: Result } {
  const results: Result[] = [];
  let spent = 0;
  let last: Result;
  do {
    last = measure();
    results.push(last);
    spent += last.seconds;
  } while (spent < ENOUGH_SECONDS && results.length < MOST_REPEATS);
  return {
    seconds: median(results.map(({ seconds }) => seconds)),
    cpuSeconds: median(results.map(({ cpuSeconds }) => cpuSeconds)),
    last,
  };
}
