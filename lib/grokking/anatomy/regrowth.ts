import type { Parameters } from "../parameters.ts";

export interface RegrowthEntry {
  /** Steps since the removal; null: before it. */
  step: number | null;
  /** Null if they cannot be counted. */
  traps: number | null;
}

/**
 * Whether a removed trap comes back: its count before and after the removal, and as training goes on.
 *
 * @param before, @param removed the network with its trap and without.
 * @param schedule rising steps after the removal at which to count.
 * @param train trains on from `removed` by this many steps; called again, from where it stands.
 * @param count traps of the matrix in question.
 * @throws RangeError if the schedule does not rise from above 0.
 */
export async function regrowth(
  before: Parameters,
  removed: Parameters,
  schedule: readonly number[],
  train: (steps: number) => Promise<Parameters>,
  count: (parameters: Parameters) => Promise<number | null>,
): Promise<RegrowthEntry[]> {
  if (schedule.some((step, i) => !(Number.isInteger(step) && step > (schedule[i - 1] ?? 0)))) {
    throw new RangeError(
      `a schedule of rising whole steps above 0 is needed, received ${schedule.join(", ")}`,
    );
  }
  const log: RegrowthEntry[] = [
    { step: null, traps: await count(before) },
    { step: 0, traps: await count(removed) },
  ];
  for (const [i, step] of schedule.entries()) {
    const parameters = await train(step - (schedule[i - 1] ?? 0));
    log.push({ step, traps: await count(parameters) });
  }
  return log;
}
