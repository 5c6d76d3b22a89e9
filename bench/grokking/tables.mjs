// Tables of bench:grokking that more than one part has.
import { comparisonTable } from "../../dist/grokking/tables/comparison.js";

/** A row of the table of phases from the result of a run. */
export function phased(label) {
  return ({ phases, curve, run }) => ({
    label: `${label}, seed ${run.seed}`,
    phases,
    end: curve[curve.length - 1],
  });
}

/** Our numbers at the right edges of the phases, without the paper's, which are of other data. Means are over `layers`. */
export function ours(label, results, layers) {
  const runs = results.map(({ run }) => run);
  const { columns } = comparisonTable({ label, layers, rows: [] }, runs);
  const seeds = runs.length === 1 ? "one seed" : `mean ± sd over the seeds that reach it, of ${runs.length}`;
  return {
    title: `${label}: last checkpoint of each phase, ${seeds}`,
    columns: columns
      .filter(({ header }) => !header.includes("paper"))
      .map((column) => ({ ...column, header: column.header.replace(", ours", "") })),
  };
}

/** The paper's numbers alone. */
export function printed(paper, data) {
  const { columns } = comparisonTable(paper, []);
  return {
    title: `${paper.label}, ${data}, as the paper prints it`,
    columns: columns
      .filter(({ header }) => !header.includes("ours"))
      .map((column) => ({ ...column, header: column.header.replace(", paper", "") })),
  };
}
