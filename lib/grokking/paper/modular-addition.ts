import { type PaperExperiment, paperRow } from "./experiment.ts";

/** The one-block transformer on x + y mod 113. Tables 5 to 7 of arXiv 2602.02859 v1; which seeds or steps its ± is over is not said. */
export const paperModularAddition: PaperExperiment = {
  label: "modular addition, p = 113",
  layers: ["embed", "Q", "K", "V", "out", "fc1", "fc2", "unembed"],
  rows: [
    paperRow(5, "trainAccuracy", null, [1, 1, 1]),
    paperRow(5, "testAccuracy", null, [
      [0.4, 0.28],
      [0.97, 0.02],
      [0.68, 0.11],
    ]),
    paperRow(6, "alpha", "embed", [2.81, 1.92, 3.57]),
    paperRow(6, "alpha", "Q", [4.04, 2.86, 3.17]),
    paperRow(6, "alpha", "K", [3.99, 2.0, 3.2]),
    paperRow(6, "alpha", "V", [4.66, 1.56, 3.87]),
    paperRow(6, "alpha", "out", [3.85, 1.57, 4.04]),
    paperRow(6, "alpha", "fc1", [4.99, 1.71, 4.74]),
    paperRow(6, "alpha", "fc2", [5.22, 2.17, 5.03]),
    paperRow(6, "alpha", "unembed", [3.27, 2.37, 3.53]),
    paperRow(6, "alphaMean", null, [
      [4.1, 0.83],
      [2.02, 0.44],
      [3.89, 0.68],
    ]),
    paperRow(7, "trapsWeightWatcher", "embed", [0, 0, 7]),
    paperRow(7, "trapsWeightWatcher", "Q", [0, 0, 3]),
    paperRow(7, "trapsWeightWatcher", "K", [0, 0, 5]),
    paperRow(7, "trapsWeightWatcher", "V", [0, 0, 3]),
    paperRow(7, "trapsWeightWatcher", "out", [0, 0, 4]),
    paperRow(7, "trapsWeightWatcher", "fc1", [0, 0, 5]),
    paperRow(7, "trapsWeightWatcher", "fc2", [0, 0, 7]),
    paperRow(7, "trapsWeightWatcher", "unembed", [0, 0, 5]),
    paperRow(7, "trapsWeightWatcherMean", null, [0, 0, [4.88, 1.55]]),
  ],
};
