import { type PaperExperiment, paperRow } from "./experiment.ts";

/**
 * The MLP on 1,000 images of MNIST without weight decay, at 10⁵, 10⁶ and 10⁷ steps.
 *
 * Tables 1, 2 and 4 of H. K. Prakash, C. H. Martin 2026, arXiv 2602.02859 v1. Table 4 is one run; its p-values of
 * "about 1" stand here as 1. Table 2 of the predecessor, arXiv 2506.04434, prints one trap under grokking where this one prints none.
 */
export const paperMlp: PaperExperiment = {
  label: "MLP, weight decay 0",
  layers: ["FC1", "FC2"],
  rows: [
    paperRow(1, "alpha", "FC1", [
      [5.0, 0.7],
      [3.6, 0.5],
      [0.9, 0.4],
    ]),
    paperRow(1, "alpha", "FC2", [
      [2.9, 0.7],
      [2.3, 0.2],
      [1.3, 0.3],
    ]),
    paperRow(1, "alphaMean", null, [
      [4.0, 0.6],
      [2.9, 0.2],
      [1.1, 0.3],
    ]),
    paperRow(2, "trapsWeightWatcher", "FC1", [0, 0, [7.5, 5.6]]),
    paperRow(2, "trapsWeightWatcher", "FC2", [0, 0, [1, 0]]),
    paperRow(4, "sigma", "FC1", [1.002, 0.999, 0.949]),
    paperRow(4, "ksDistance", "FC1", [0.012, 0.0212, 0.3044]),
    paperRow(4, "ksPValue", "FC1", [1, 1, 1.877e-5]),
  ],
};

/** The same with weight decay 0.01, which does not collapse. Table 2. */
export const paperMlpControl: PaperExperiment = {
  label: "MLP, weight decay 0.01",
  layers: ["FC1", "FC2"],
  rows: [
    paperRow(2, "trapsWeightWatcher", "FC1", [0, 0, [2, 0]]),
    paperRow(2, "trapsWeightWatcher", "FC2", [0, 0, [1, 0]]),
  ],
};

/**
 * The MLP with parameters scaled by 4 instead of 8: means over the windows 10² to 5·10⁴, to 5·10⁵, and after. Tables 12 to 15, in
 * which layers 1, 3 and 5 are FC1, FC2 and FC3. Traps of FC3, with ten eigenvalues, are counted over five pooled shuffles.
 */
export const paperMlpScale4: PaperExperiment = {
  label: "MLP, weight decay 0, init × 4",
  layers: ["FC1", "FC2", "FC3"],
  rows: [
    paperRow(12, "trainAccuracy", null, [0.73, 1, 1]),
    paperRow(12, "testAccuracy", null, [0.493, 0.888, [0.618, 0.109]]),
    paperRow(13, "norm", null, [17.52, 16.8, [27.64, 8.39]]),
    paperRow(14, "alpha", "FC1", [8.88, 2.59, 1.23]),
    paperRow(14, "alpha", "FC2", [3.84, 2.77, 1.49]),
    paperRow(15, "trapsWeightWatcher", "FC1", [0, 0, 7]),
    paperRow(15, "trapsWeightWatcher", "FC2", [0, 0, 1.17]),
    paperRow(15, "trapsWeightWatcher", "FC3", [0, 0, 5.5]),
  ],
};
