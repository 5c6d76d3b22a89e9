import { deviation, mean } from "../anatomy/vector.ts";
import type { Measures } from "../measures/measure.ts";
import type { Separation } from "../tables/aucs.ts";
import type { Signal } from "./signals.ts";

/** Networks of one seed: collapsed ones, and healthy ones to tell them from. */
export interface Contrast {
  readonly collapsed: readonly Measures[];
  readonly healthy: readonly Measures[];
}

/** Values of each signal in both groups; a signal without a value in one of the networks is left out. */
export function separations(signals: readonly Signal[], contrasts: readonly Contrast[]): Separation[] {
  return signals.flatMap(({ name, of }) => {
    const values = valuesOf(of, contrasts);
    if (values === null) return [];
    return [
      {
        measure: name,
        collapsed: values.flatMap(({ collapsed }) => collapsed),
        healthy: values.flatMap(({ healthy }) => healthy),
      },
    ];
  });
}

/**
 * Every pair of signals as one: each is brought to mean 0 and deviation 1 over all networks, turned so that collapse has the larger mean, and both are
 * added. Scales and directions come from the other seeds only, so that a pair that separates does so where it was not fitted.
 */
export function pairSeparations(signals: readonly Signal[], contrasts: readonly Contrast[]): Separation[] {
  if (contrasts.length < 2)
    throw new RangeError("a combination takes the seeds it is fitted to and another one");
  const known = signals.flatMap(({ name, of }) => {
    const values = valuesOf(of, contrasts);
    return values === null ? [] : [{ name, scores: heldOutScores(values) }];
  });
  return known.flatMap((first, i) =>
    known.slice(i + 1).map((second) => ({
      measure: `${first.name} + ${second.name}`,
      collapsed: sums(first.scores, second.scores, "collapsed"),
      healthy: sums(first.scores, second.scores, "healthy"),
    })),
  );
}

function sums(first: readonly Values[], second: readonly Values[], group: keyof Values): number[] {
  return first.flatMap((one, seed) => one[group].map((score, k) => score + second[seed]![group][k]!));
}

interface Values {
  collapsed: number[];
  healthy: number[];
}

function valuesOf(of: Signal["of"], contrasts: readonly Contrast[]): Values[] | null {
  const values = contrasts.map(({ collapsed, healthy }) => ({
    collapsed: collapsed.map(of),
    healthy: healthy.map(of),
  }));
  const complete = values.every((one) => ![...one.collapsed, ...one.healthy].includes(null));
  return complete ? (values as Values[]) : null;
}

/** Of each seed, by the scale of the others; 0 where these are all equal. */
function heldOutScores(values: readonly Values[]): Values[] {
  return values.map((held, seed) => {
    const others = values.filter((_, other) => other !== seed);
    const collapsed = Float64Array.from(others.flatMap((one) => one.collapsed));
    const healthy = Float64Array.from(others.flatMap((one) => one.healthy));
    const all = Float64Array.of(...collapsed, ...healthy);
    const [centre, spread] = [mean(all), deviation(all)];
    const sign = Math.sign(mean(collapsed) - mean(healthy));
    const score = (value: number) => (spread === 0 ? 0 : (sign * (value - centre)) / spread);
    return { collapsed: held.collapsed.map(score), healthy: held.healthy.map(score) };
  });
}
