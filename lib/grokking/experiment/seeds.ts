import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { outError } from "../../analysis/out-error.ts";
import { refusal } from "../../analysis/refusal.ts";
import { writeWhole } from "../../analysis/whole-file.ts";
import { trainingFigure } from "../../report/figures/training.ts";
import { toCsv, toMarkdown } from "../tables/table.ts";
import { comparison } from "./comparison.ts";
import type { Experiment } from "./experiment.ts";
import { experimentPanels } from "./panels.ts";
import { type ExperimentResult, type ExperimentRunOptions, runExperiment } from "./run.ts";

const REPORT = { markdown: "comparison.md", csv: "comparison.csv", figure: "training.svg" } as const;

/**
 * The same experiment with seeds `seed`, `seed` + 1, …, one after the other in folders `seed-<seed>` of `out`, and a table and a figure
 * over all of them beside these. Yields each as it is done.
 *
 * @throws as {@link runExperiment} does; `OUT_NOT_EMPTY` if there is anything else in the folder.
 */
export async function* runSeeds(
  experiment: Experiment,
  seeds: number,
  options: ExperimentRunOptions,
): AsyncGenerator<ExperimentResult & { folder: string }> {
  await takeFolder(options.out);
  const results: ExperimentResult[] = [];
  for (let k = 0; k < seeds; k++) {
    const seed = experiment.seed + k;
    const folder = join(options.out, `seed-${seed}`);
    const result = await runExperiment({ ...experiment, seed }, { ...options, out: folder });
    results.push(result);
    yield { ...result, folder };
  }
  const runs = results.map(({ run }) => run);
  const table = comparison(experiment, runs);
  const title = `${experiment.network === "mlp" ? "MLP" : `addition modulo ${experiment.p}`}, ${seeds} seeds`;
  try {
    await writeWhole(join(options.out, REPORT.markdown), [toMarkdown(table)]);
    await writeWhole(join(options.out, REPORT.csv), [toCsv(table)]);
    const figure = await trainingFigure({ title, panels: experimentPanels(results) });
    await writeWhole(join(options.out, REPORT.figure), [figure]);
  } catch (error) {
    throw outError(error, options.out);
  }
}

async function takeFolder(out: string): Promise<void> {
  const own: readonly string[] = Object.values(REPORT);
  try {
    await mkdir(out, { recursive: true });
    const foreign = (await readdir(out)).filter((name) => !own.includes(name) && !/^seed-\d+$/.test(name));
    if (foreign.length > 0) throw refusal("OUT_NOT_EMPTY", out);
  } catch (error) {
    throw outError(error, out);
  }
}
