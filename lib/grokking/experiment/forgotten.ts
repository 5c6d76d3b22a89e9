import { type Forgetting, forgetting } from "../anatomy/forgetting.ts";
import type { Examples } from "../examples.ts";
import type { Forward } from "../parameters.ts";
import { logitMargins, predictedClasses } from "../predictions.ts";
import type { ExperimentFolder } from "./folder.ts";

/** What the last checkpoint has forgotten of the test examples that the best one, the first of equals, knew. */
export async function forgottenSincePeak(
  folder: ExperimentFolder,
  forward: Forward,
  { inputs, count, labels, classes }: Examples,
): Promise<Forgetting & { peak: number; end: number }> {
  const { measured } = folder;
  const accuracy = ({ measures }: (typeof measured)[number]) => measures.testAccuracy;
  const peak = measured.reduce((best, one) => (accuracy(one) > accuracy(best) ? one : best)).step;
  const end = measured.at(-1)!.step;
  const logits = async (step: number) => forward(await folder.parameters(step), inputs, count);
  const atPeak = await logits(peak);
  const found = forgetting({
    labels,
    peak: predictedClasses(atPeak, classes),
    later: predictedClasses(await logits(end), classes),
    margins: logitMargins(atPeak, labels, classes),
    classes,
  });
  return { ...found, peak, end };
}
