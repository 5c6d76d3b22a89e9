import { interventionFigure } from "../../report/figures/interventions.ts";
import { trainingFigure } from "../../report/figures/training.ts";
import { openSolver } from "../../solver/open.ts";
import { phases } from "../phases.ts";
import { interventionTable } from "../tables/interventions.ts";
import { toCsv, toMarkdown } from "../tables/table.ts";
import { comparison } from "./comparison.ts";
import { edgeFigures } from "./edge-figures.ts";
import type { Experiment } from "./experiment.ts";
import type { ExperimentFolder } from "./folder.ts";
import { INTERVAL_LABEL, interventionEffects } from "./intervention-effects.ts";
import { measuredRun } from "./measured-run.ts";
import type { ExperimentNetwork } from "./network.ts";
import { experimentPanels } from "./panels.ts";
import { experimentTitle } from "./title.ts";

/**
 * Writes phases (`phases.json`), effects of interventions (`interventions.json`), figures (`figures/*.svg`) and tables (`tables/*.md`, `*.csv`) of a trained network, from what its
 * folder keeps and nothing else. Rejects as solver and trainer do; errors: OUT_WRITE.
 */
export async function writeReport(
  experiment: Experiment,
  network: ExperimentNetwork,
  folder: ExperimentFolder,
): Promise<void> {
  const title = experimentTitle(experiment);
  const run = measuredRun(experiment, folder.curve, folder.measured);
  await folder.write("phases.json", `${JSON.stringify(phases(folder.curve), null, 2)}\n`);
  const table = comparison(experiment, [run]);
  await folder.write("tables/comparison.md", toMarkdown(table));
  await folder.write("tables/comparison.csv", toCsv(table));
  const training = { title, panels: experimentPanels([{ curve: folder.curve, run }]), phases: run.phases };
  await folder.write("figures/training.svg", await trainingFigure(training));

  const solver = openSolver({ threads: 1 });
  try {
    for await (const { name, svg } of edgeFigures(experiment, network, folder, run, solver)) {
      await folder.write(`figures/${name}.svg`, svg);
    }
    const effects = await interventionEffects(experiment, network, folder, solver);
    if (effects.length === 0) return;
    const heading = `Traps removed at the last checkpoint: ${title}`;
    const interventions = interventionTable(heading, effects, INTERVAL_LABEL);
    await folder.write("interventions.json", `${JSON.stringify(effects, null, 2)}\n`);
    await folder.write("tables/interventions.md", toMarkdown(interventions));
    await folder.write("tables/interventions.csv", toCsv(interventions));
    const figure = { title: heading, effects, intervalLabel: INTERVAL_LABEL };
    await folder.write("figures/interventions.svg", await interventionFigure(figure));
  } finally {
    solver.close();
  }
}
