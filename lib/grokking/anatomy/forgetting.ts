import { classHistogram } from "../predictions.ts";

/** Examples that were right at the peak, and those of them that are wrong later. */
export interface Forgotten {
  right: number;
  forgotten: number;
  /** Null where none was right. */
  share: number | null;
}

export interface Forgetting extends Forgotten {
  /** By label. */
  perClass: Forgotten[];
  /** By the margin at the peak, in groups of equal size, the smallest margins first. */
  byMargin: (Forgotten & { from: number; to: number })[];
  /** Examples that were wrong at the peak and are right later. */
  learned: number;
  /** The classes that the forgotten examples are taken for. */
  takenFor: Uint32Array;
}

/** What a network has forgotten of what it could at its peak. */
export interface ForgettingInput {
  labels: Uint32Array;
  peak: Uint32Array;
  later: Uint32Array;
  /** At the peak: the label's logit less the largest other. */
  margins: Float64Array;
  classes: number;
  /** Default 4. */
  marginGroups?: number;
}

/**
 * Catastrophic forgetting: of the test examples right at the peak, those wrong later, as a whole, by class and by margin.
 *
 * @throws RangeError if the lists differ in length.
 */
export function forgetting({
  labels,
  peak,
  later,
  margins,
  classes,
  marginGroups = 4,
}: ForgettingInput): Forgetting {
  if ([peak, later, margins].some((list) => list.length !== labels.length)) {
    throw new RangeError(`labels, predictions and margins of as many examples are needed`);
  }
  const examples = [...labels.keys()];
  const right = examples.filter((i) => peak[i] === labels[i]);
  const lost = (i: number): boolean => later[i] !== labels[i];
  const tally = (group: readonly number[]): Forgotten => {
    const forgotten = group.filter(lost).length;
    return { right: group.length, forgotten, share: group.length === 0 ? null : forgotten / group.length };
  };
  const rising = right.toSorted((a, b) => margins[a]! - margins[b]!);
  const bound = (group: number): number => Math.round((group * rising.length) / marginGroups);
  return {
    ...tally(right),
    perClass: Array.from({ length: classes }, (_, label) => tally(right.filter((i) => labels[i] === label))),
    byMargin: Array.from({ length: marginGroups }, (_, group) => rising.slice(bound(group), bound(group + 1)))
      .filter((group) => group.length > 0)
      .map((group) => ({ ...tally(group), from: margins[group[0]!]!, to: margins[group.at(-1)!]! })),
    learned: examples.filter((i) => peak[i] !== labels[i] && !lost(i)).length,
    takenFor: classHistogram(
      Uint32Array.from(right.filter(lost), (i) => later[i]!),
      classes,
    ),
  };
}
