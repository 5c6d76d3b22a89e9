import type { ExperimentProgress } from "../grokking/experiment/progress.ts";
import type { TrapWarning } from "../grokking/monitor.ts";
import type { CurvePoint, Phases } from "../grokking/phases.ts";
import { formatSeconds } from "../report/number.ts";

/** "seed 0  12000/400000  3 %  8800 steps/s  2 s, 44 s to go  train 1.000, test 0.523" */
export function grokProgressLine(progress: ExperimentProgress, width: number): string {
  const { seed, step, steps, stepsPerSecond, secondsElapsed, secondsRemaining } = progress;
  const { trainAccuracy, testAccuracy } = progress;
  const parts = [
    `seed ${seed}`,
    `${step}/${steps}`,
    `${Math.floor((100 * step) / steps)} %`,
    stepsPerSecond === null ? "" : `${stepsPerSecond.toFixed(stepsPerSecond < 100 ? 1 : 0)} steps/s`,
    `${formatSeconds(secondsElapsed)}${secondsRemaining === null ? "" : `, ${formatSeconds(secondsRemaining)} to go`}`,
    trainAccuracy === null ? "" : `train ${trainAccuracy.toFixed(3)}, test ${testAccuracy!.toFixed(3)}`,
  ];
  return parts
    .filter((part) => part !== "")
    .join("  ")
    .slice(0, Math.max(0, width - 1));
}

/** A line for each turn of the monitor. */
export function formatWarning({ step, layer, kind, wwTraps }: TrapWarning): string {
  const share = `${Math.round(100 * wwTraps.share)}% of its shuffled copies have a trap`;
  const said = {
    traps: `warning: ${share}`,
    confirmed: `confirmed: ${share} again`,
    withdrawn: `withdrawn: ${share}`,
  };
  return `step ${step}  ${layer}  ${said[kind]}\n`;
}

/** The phases of one run, a line each. */
export function formatResult(seed: number, folder: string, phases: Phases): string {
  const at = (label: string, point: CurvePoint | null) =>
    `  ${label.padEnd(22)}${point === null ? "not reached" : `step ${point.step}, test accuracy ${point.testAccuracy.toFixed(3)}`}`;
  return [
    `seed ${seed}: ${folder}`,
    at("memorised", phases.memorised),
    at("grokking begins", phases.grokkingBegins),
    at("peak", phases.peak),
    at("test loss minimum", phases.testLossMinimum),
    at("anti-grokking begins", phases.antiGrokkingBegins),
    ...(phases.antiGrokkingBegins === null && phases.collapseBegins !== null
      ? [at("collapse begins", phases.collapseBegins)]
      : []),
    "",
  ].join("\n");
}
