import type { Experiment } from "./experiment.ts";

/** An experiment in a line; it says where digits are not those of the paper. */
export function experimentTitle(experiment: Experiment): string {
  const { weightDecay, precision, seed } = experiment;
  const training = `weight decay ${weightDecay}, ${precision}, seed ${seed}`;
  if (experiment.network === "modadd") return `addition modulo ${experiment.p}, ${training}`;
  const { digits, hidden, initScale } = experiment;
  const data =
    digits.kind === "idx" ? "digits of IDX files" : `synthetic digits ${digits.side} × ${digits.side}`;
  return `MLP ${hidden.join("-")} on ${data}, init × ${initScale}, ${training}`;
}
