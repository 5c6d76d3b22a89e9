// The perceptron: its phases, the signals of its collapse, what removing its traps does, and the paper's numbers beside ours.
import { join } from "node:path";
import { layerName } from "../../dist/grokking/experiment/layer-names.js";
import { mlpExperiment } from "../../dist/grokking/experiment/presets.js";
import { phaseTable } from "../../dist/grokking/tables/phases.js";
import { toMarkdown } from "../../dist/grokking/tables/table.js";
import { median } from "../../dist/spectrum/median.js";
import { markdownTable } from "../common.mjs";
import { emptiedTable } from "./emptied.mjs";
import { signalSections } from "./signal-tables.mjs";
import { ours, phased, pooledTable, readTable, seedFolders } from "./tables.mjs";
import { trained } from "./train.mjs";
import { wakingTable } from "./waking.mjs";

/** The layers that the paper averages. */
const LAYERS = ["FC1", "FC2"];

/** Sections of the page from the small network, over seeds, with weight decay and without. */
export async function quickSections(out, seeds) {
  const quick = await trained(mlpExperiment("quick"), seeds, join(out, "quick"));
  const control = await trained(mlpExperiment("control"), seeds, join(out, "control"));
  const folders = seedFolders(join(out, "quick"), quick);
  const groups = [
    { label: "quick", folders },
    { label: "control", folders: seedFolders(join(out, "control"), control) },
  ];
  const labelled = [...quick.map(phased("quick")), ...control.map(phased("control"))];
  return {
    "mlp-phases": toMarkdown(phaseTable("Phases of the small network", labelled)),
    "mlp-measures": toMarkdown(ours("quick", quick, LAYERS)),
    "mlp-onset": onsetTable([
      { label: "quick", results: quick },
      { label: "control", results: control },
    ]),
    "control-measures": toMarkdown(ours("control", control, LAYERS)),
    ...signalSections([quick, control]),
    "mlp-anatomy": anatomyTable(folders),
    "mlp-prototypes": prototypeTable(folders),
    "mlp-firing": firingTable(groups),
    "mlp-classes": classTable(groups),
    "mlp-emptied": await emptiedTable(groups, mlpExperiment("quick").steps),
    "mlp-waking": await wakingTable(mlpExperiment("quick"), folders),
    "mlp-interventions": interventionTable(folders),
  };
}

/** Adam's ε: with a larger one it moves less where gradients are next to nothing. */
const EPSILONS = [1e-6, 1e-5];
const EPSILON_SEEDS = 3;

/** The small network again with other ε. */
export async function epsilonSections(out) {
  const rows = [];
  for (const epsilon of EPSILONS) {
    const experiment = mlpExperiment("quick", { epsilon });
    const name = epsilon.toExponential();
    const results = await trained(experiment, EPSILON_SEEDS, join(out, `epsilon-${name}`));
    rows.push(...results.map(phased(`ε ${name}`)));
  }
  return { "mlp-epsilon": toMarkdown(phaseTable("Phases of the small network with a larger ε", rows)) };
}

/** Sections from one long run of the paper's network each, as its text and as its notebook have it. */
export async function longSections(out) {
  const text = await trained(mlpExperiment("paper"), 1, join(out, "paper"));
  const notebook = await trained(mlpExperiment("notebook"), 1, join(out, "notebook"));
  const labelled = [...text.map(phased("paper")), ...notebook.map(phased("notebook"))];
  const groups = [
    { label: "paper", folders: seedFolders(join(out, "paper"), text) },
    { label: "notebook", folders: seedFolders(join(out, "notebook"), notebook) },
  ];
  return {
    "long-firing": firingTable(groups),
    "long-phases": toMarkdown(phaseTable("Phases of the paper's network on synthetic digits", labelled)),
    "paper-measures": toMarkdown(ours("paper", text, LAYERS)),
    "notebook-measures": toMarkdown(ours("notebook", notebook, LAYERS)),
  };
}

const COUNTS = [
  { count: "wwTraps", label: "WeightWatcher" },
  { count: "wwTrapsCentred", label: "WeightWatcher, centred" },
  { count: "calibratedTraps", label: "calibrated" },
  { count: "calibratedTrapsCentred", label: "calibrated, centred" },
];

/** Where traps begin: the first checkpoint at which most shuffles of a matrix have one, beside the peak of the test accuracy. */
function onsetTable(groups) {
  const rows = groups.flatMap(({ label, results }) =>
    results[0].measured[0].measures.layers.flatMap(({ name }) =>
      COUNTS.map((by) => {
        const begins = results.flatMap(({ measured, phases }) => {
          const first = measured.find(({ measures }) => share(measures, name, by.count) > 0.5);
          return first === undefined ? [] : [{ step: first.step, ofPeak: first.step / phases.peak.step }];
        });
        return {
          run: label,
          layer: layerName(name),
          "traps counted by": by.label,
          "seeds with traps": `${begins.length} of ${results.length}`,
          "median first step": begins.length === 0 ? "–" : median(begins.map(({ step }) => step)),
          "of the peak's step":
            begins.length === 0 ? "–" : median(begins.map(({ ofPeak }) => ofPeak)).toFixed(2),
        };
      }),
    ),
  );
  return markdownTable(rows);
}

function share({ layers }, name, count) {
  return layers.find((layer) => layer.name === name)[count]?.share ?? 0;
}

/** What the largest trap of each layer is made of at the end of each phase, and how far removing it moves the answers to noise. */
function anatomyTable(folders) {
  return markdownTable(
    pooledTable(folders, "anatomy", ["phase", "layer"]).map(({ rows, first, of }) => {
      const kinds = rows.flatMap(({ kind }) => (kind === "" ? [] : [kind]));
      return {
        phase: first.phase,
        layer: first.layer,
        "seeds with traps": `${kinds.length} of ${rows.length}`,
        kinds: [...new Set(kinds)].join(", "),
        "λ/edge": of("λ_max/edge", 1),
        "mean share": of("mean share", 2),
        kurtosis: of("kurtosis", 1),
        "top 5% mass": of("top 5% mass", 2),
        "J, subtract": of("J, subtract", 4),
        "J, replace": of("J, replace", 4),
        "J, random mode": of("J, random mode", 4),
      };
    }),
  );
}

/** Whether the leading singular vector of a layer, carried back to the pixels, is one of the training images. */
function prototypeTable(folders) {
  return markdownTable(
    pooledTable(folders, "anatomy", ["layer", "phase"]).map(({ rows, first, of }) => ({
      layer: first.layer,
      phase: first.phase,
      "|cosine| with the nearest training image": of("cosine", 3, Math.abs),
      "the same of shuffled pixels": of("shuffled cosine", 3),
      "seeds with p ≤ 0.01": `${rows.filter(({ p }) => p !== "" && Number(p) <= 0.01).length} of ${rows.length}`,
    })),
  );
}

/** Neurons of the hidden layers that fire, at the last checkpoint of each phase. */
function firingTable(groups) {
  return markdownTable(
    groups.flatMap(({ label, folders }) =>
      pooledTable(folders, "firing", ["hidden layer", "phase"]).map(({ rows, first, of }) => ({
        run: label,
        layer: first["hidden layer"],
        phase: first.phase,
        seeds: rows.length,
        alive: of("alive", 0),
        "active, train": of("active, train", 1),
        "active, test": of("active, test", 1),
        "silent, test": of("silent, test", 3),
        "silent, noise": of("silent, noise", 3),
        "accuracy, silent": of("accuracy, silent", 3),
        "accuracy, others": of("accuracy, others", 3),
      })),
    ),
  );
}

/** Where the answers go: to the class that most test images get at the end. */
function classTable(groups) {
  return markdownTable(
    groups.flatMap(({ label, folders }) =>
      folders.map((folder, seed) => {
        const classes = readTable(folder, "classes");
        const images = classes.map((row) => Number(row["predicted for images"]));
        const favourite = images.indexOf(Math.max(...images));
        const [all, ...groupsOfForgotten] = readTable(folder, "forgetting");
        const taken = groupsOfForgotten.find((row) => row["test examples"] === `class ${favourite}`);
        return {
          run: `${label}, seed ${seed}`,
          "class with most test images": favourite,
          "test images": images[favourite],
          "noise images": classes[favourite]["for noise"],
          "images with shuffled pixels": classes[favourite]["for shuffled pixels"],
          "forgotten since the peak": all.forgotten,
          "of these taken for it": taken["forgotten ones taken for it"],
        };
      }),
    ),
  );
}

/** The change of test accuracy by each intervention, over the seeds whose network had a trap there. */
function interventionTable(folders) {
  return markdownTable(
    pooledTable(folders, "interventions", ["layer", "intervention"]).map(({ rows, first, of }) => ({
      layer: first.layer,
      intervention: first.intervention,
      control: first.control,
      "change of accuracy": of("change of accuracy", 3),
      seeds: rows.length,
      raised: rows.filter(({ low }) => Number(low) > 0).length,
      lowered: rows.filter(({ high }) => Number(high) < 0).length,
    })),
  );
}
