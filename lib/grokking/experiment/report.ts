import { trainingFigure } from "../../report/figures/training.ts";
import { openSolver } from "../../solver/open.ts";
import { phases } from "../phases.ts";
import { writeAnswers } from "./answer-report.ts";
import { comparison } from "./comparison.ts";
import { edgeFigures } from "./edge-figures.ts";
import { phaseEdges } from "./edges.ts";
import type { Experiment } from "./experiment.ts";
import type { ExperimentFolder } from "./folder.ts";
import { measuredRun } from "./measured-run.ts";
import type { ExperimentNetwork } from "./network.ts";
import { experimentPanels } from "./panels.ts";
import { experimentTitle } from "./title.ts";
import { writeTraps } from "./trap-report.ts";
import { weightDecayAfter } from "./weight-decay.ts";
import { writeTable } from "./write-table.ts";

/**
 * Writes phases (`phases.json`), figures (`figures/*.svg`) and tables (`tables/*.md`, `*.csv`) of a trained network, from what its
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
  await writeTable(folder, "comparison", comparison(experiment, [run]));
  const training = { title, panels: experimentPanels([{ curve: folder.curve, run }]), phases: run.phases };
  await folder.write("figures/training.svg", await trainingFigure(training));

  const edges = await phaseEdges(folder, run);
  const { step } = edges.at(-1)!;
  const trainer = network.open(weightDecayAfter(step, experiment, folder.curve));
  const solver = openSolver({ threads: 1 });
  try {
    for await (const { name, svg } of edgeFigures(experiment, network.task, edges, solver)) {
      await folder.write(`figures/${name}.svg`, svg);
    }
    const test = { ...network.task.test, classes: trainer.classes };
    const trained = { experiment, title, network, folder, edges, trainer, test, solver };
    await writeTraps(trained);
    await writeAnswers(trained);
  } finally {
    solver.close();
    trainer.close();
  }
}
