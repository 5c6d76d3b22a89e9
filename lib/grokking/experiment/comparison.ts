import type { PaperExperiment } from "../paper/experiment.ts";
import { paperMlp, paperMlpControl, paperMlpScale4 } from "../paper/mlp.ts";
import { paperModularAddition } from "../paper/modular-addition.ts";
import type { MeasuredRun } from "../record.ts";
import { comparisonTable } from "../tables/comparison.ts";
import type { Table } from "../tables/table.ts";
import type { Experiment } from "./experiment.ts";

/**
 * The paper's numbers beside ours where both are of the same data: the MLP on images of the user's, addition modulo 113.
 * Otherwise ours alone.
 */
export function comparison(experiment: Experiment, runs: readonly MeasuredRun[]): Table {
  const paper = paperOf(experiment);
  if (isOfPaper(experiment)) return comparisonTable(paper, runs);
  const { columns } = comparisonTable({ ...paper, rows: [] }, runs);
  const ours = columns.filter(({ header }) => !header.includes("paper"));
  const data = experiment.network === "mlp" ? "MLP, synthetic digits" : `addition modulo ${experiment.p}`;
  const seeds = runs.map(({ seed }) => seed).join(", ");
  return { title: `${data}: last checkpoint of each phase (seeds: ${seeds})`, columns: ours };
}

function isOfPaper(experiment: Experiment): boolean {
  return experiment.network === "mlp" ? experiment.digits.kind === "idx" : experiment.p === 113;
}

function paperOf(experiment: Experiment): PaperExperiment {
  if (experiment.network === "modadd") return paperModularAddition;
  if (experiment.weightDecay > 0) return paperMlpControl;
  return experiment.initScale === 4 ? paperMlpScale4 : paperMlp;
}
