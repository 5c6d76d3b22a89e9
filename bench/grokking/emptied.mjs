// How much of each matrix is left at the end: under weight decay the rows and columns of neurons that no longer fire go to zero.
import { ExperimentFolder } from "../../dist/grokking/experiment/folder.js";
import { layerName } from "../../dist/grokking/experiment/layer-names.js";
import { weights } from "../../dist/grokking/measures/weights.js";
import { markdownTable } from "../common.mjs";
import { spread } from "./tables.mjs";

/** An entry so far below the root mean square counts as gone. */
const GONE = 0.01;

/** @param groups label and run folders of trainings of so many steps. */
export async function emptiedTable(groups, steps) {
  const rows = [];
  for (const { label, folders } of groups) {
    const matrices = [];
    for (const folder of folders) {
      matrices.push(weights(await new ExperimentFolder(folder).parameters(steps)).map(emptied));
    }
    for (const [k, { name }] of matrices[0].entries()) {
      rows.push({
        run: label,
        layer: layerName(name),
        "entries gone": spread(
          matrices.map((one) => one[k].gone),
          3,
        ),
        "excess kurtosis of the entries": spread(
          matrices.map((one) => one[k].kurtosis),
          1,
        ),
      });
    }
  }
  return markdownTable(rows);
}

function emptied({ name, source: { values } }) {
  const mean = (of) => values.reduce((sum, value) => sum + of(value), 0) / values.length;
  const centre = mean((value) => value);
  const rms = Math.sqrt(mean((value) => value ** 2));
  return {
    name,
    gone: mean((value) => (Math.abs(value) < GONE * rms ? 1 : 0)),
    kurtosis: mean((value) => (value - centre) ** 4) / mean((value) => (value - centre) ** 2) ** 2 - 3,
  };
}
