/** Predictions against labels. */
export interface Outcome {
  count: number;
  accuracy: number;
  /** Of the examples of each class; null of a class without any. */
  perClass: (number | null)[];
  /** classes × classes: row, the label; column, the predicted class. */
  confusion: Uint32Array;
}

/** What an intervention did to the predictions of the same examples. */
export interface Effect {
  before: Outcome;
  after: Outcome;
  /** Accuracy after less accuracy before. */
  change: number;
  /** Binomial: √((p(1 − p) + p′(1 − p′))/n), as if both had examples of their own; too large where most verdicts stay. */
  standardError: number;
  /** Of the same change as one of pairs (McNemar 1947): √(b + c − (b − c)²/n)/n, b examples gained and c lost. */
  pairedError: number;
  /** Examples that came right, and that went wrong. */
  gained: number;
  lost: number;
  /** Of each class; null of a class without examples. */
  perClassChange: (number | null)[];
}

/**
 * Which sign of the change in test accuracy makes a trap harmful: `raises`, only if its removal raises it; `either_sign`, any
 * active one, which is how arXiv 2605.12394 uses the word.
 */
export type HarmRule = "raises" | "either_sign";

export interface Verdict {
  /** The change is more than two standard errors. */
  active: boolean;
  harmful: boolean;
}

/** @throws RangeError if there are not as many predictions as labels. */
export function outcomeOf(labels: Uint32Array, predictions: Uint32Array, classes: number): Outcome {
  if (labels.length !== predictions.length) {
    throw new RangeError(`${predictions.length} predictions for ${labels.length} labels`);
  }
  const confusion = new Uint32Array(classes * classes);
  labels.forEach((label, i) => {
    confusion[label * classes + predictions[i]!]!++;
  });
  let right = 0;
  const perClass = Array.from({ length: classes }, (_, label) => {
    const hits = confusion[label * classes + label]!;
    const count = confusion.subarray(label * classes, (label + 1) * classes).reduce((a, b) => a + b, 0);
    right += hits;
    return count === 0 ? null : hits / count;
  });
  return { count: labels.length, accuracy: right / labels.length, perClass, confusion };
}

/** @param before, @param after predictions of the same examples. */
export function effectOf(
  labels: Uint32Array,
  before: Uint32Array,
  after: Uint32Array,
  classes: number,
): Effect {
  const outcomes = {
    before: outcomeOf(labels, before, classes),
    after: outcomeOf(labels, after, classes),
  };
  const n = labels.length;
  let [gained, lost] = [0, 0];
  labels.forEach((label, i) => {
    if (before[i] !== label && after[i] === label) gained++;
    if (before[i] === label && after[i] !== label) lost++;
  });
  const variance = ({ accuracy }: Outcome): number => (accuracy * (1 - accuracy)) / n;
  return {
    ...outcomes,
    change: (gained - lost) / n,
    standardError: Math.sqrt(variance(outcomes.before) + variance(outcomes.after)),
    pairedError: Math.sqrt(gained + lost - (gained - lost) ** 2 / n) / n,
    gained,
    lost,
    perClassChange: outcomes.before.perClass.map((accuracy, label) =>
      accuracy === null ? null : outcomes.after.perClass[label]! - accuracy,
    ),
  };
}

/** @param test effect on test examples. */
export function verdictOf(
  { change, standardError }: Pick<Effect, "change" | "standardError">,
  rule: HarmRule = "raises",
): Verdict {
  const active = Math.abs(change) > 2 * standardError;
  return { active, harmful: active && (rule === "either_sign" || change > 0) };
}
