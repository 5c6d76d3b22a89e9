// The perceptron: its phases, the signals of its collapse, what removing its traps does, and the paper's numbers beside ours.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { estimateOf } from "../../dist/grokking/estimate.js";
import { layerName } from "../../dist/grokking/experiment/layer-names.js";
import { mlpExperiment } from "../../dist/grokking/experiment/presets.js";
import { alarm } from "../../dist/grokking/signals/alarm.js";
import { pairSeparations, separations } from "../../dist/grokking/signals/separation.js";
import { signals } from "../../dist/grokking/signals/signals.js";
import { alarmTable } from "../../dist/grokking/tables/alarms.js";
import { aucTable } from "../../dist/grokking/tables/aucs.js";
import { phaseTable } from "../../dist/grokking/tables/phases.js";
import { toMarkdown } from "../../dist/grokking/tables/table.js";
import { median } from "../../dist/spectrum/median.js";
import { markdownTable } from "../common.mjs";
import { ours, phased } from "./tables.mjs";
import { trained } from "./train.mjs";

/** The layers that the paper averages. */
const LAYERS = ["FC1", "FC2"];
const SIGNALS = signals(["fc1.weight", "fc2.weight"]);
/** Of all pairs of signals that many are shown. */
const PAIRS = 10;

/** Sections of the page from the small network, over seeds, with weight decay and without. */
export async function quickSections(out, seeds) {
  const quick = await trained(mlpExperiment("quick"), seeds, join(out, "quick"));
  const control = await trained(mlpExperiment("control"), seeds, join(out, "control"));
  const labelled = [...quick.map(phased("quick")), ...control.map(phased("control"))];
  return {
    "mlp-phases": toMarkdown(phaseTable("Phases of the small network", labelled)),
    "mlp-measures": toMarkdown(ours("quick", quick, LAYERS)),
    "mlp-onset": onsetTable([
      { label: "quick", results: quick },
      { label: "control", results: control },
    ]),
    "control-measures": toMarkdown(ours("control", control, LAYERS)),
    ...separationSections(
      quick.filter(({ phases }) => phases.collapseBegins !== null),
      control.filter((_, seed) => quick[seed].phases.collapseBegins !== null),
    ),
    "mlp-interventions": interventionTable(quick, join(out, "quick")),
  };
}

/** Sections from one long run of the paper's network each, as its text and as its notebook have it. */
export async function longSections(out) {
  const text = await trained(mlpExperiment("paper"), 1, join(out, "paper"));
  const notebook = await trained(mlpExperiment("notebook"), 1, join(out, "notebook"));
  const labelled = [...text.map(phased("paper")), ...notebook.map(phased("notebook"))];
  return {
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

/** Of the runs that collapsed, and of the controls of the same seeds. */
function separationSections(quick, control) {
  const last = ({ measured }) => measured[measured.length - 1].measures;
  const peak = ({ measured, phases }) => nearest(measured, phases.peak.step).measures;
  const collapsed = quick.map(last);
  const against = (healthy) => collapsed.map((one, seed) => ({ collapsed: one, healthy: healthy[seed] }));
  const controls = against(control.map((run) => [last(run)]));
  const peaks = against(quick.map((run) => [peak(run)]));
  const both = against(quick.map((run, seed) => [peak(run), last(control[seed]), peak(control[seed])]));
  const pairs = aucTable("Sums of two signals", pairSeparations(SIGNALS, both));
  const begins = quick.map(({ phases }) => phases.collapseBegins.step);
  const alarms = SIGNALS.flatMap((signal) => alarm(signal, quick.map(run), control.map(run)) ?? []);
  return {
    "auc-controls": toMarkdown(
      aucTable("Collapsed networks and controls, both at the end", separations(SIGNALS, controls)),
    ),
    "auc-peaks": toMarkdown(
      aucTable("Collapsed networks and the same ones at their peak", separations(SIGNALS, peaks)),
    ),
    "auc-both": toMarkdown(
      aucTable(
        "Collapsed networks, and all healthy ones: at the peak, controls at the peak and at the end",
        separations(SIGNALS, both),
      ),
    ),
    "auc-pairs": toMarkdown(head(pairs, PAIRS)),
    alarms: toMarkdown(alarmTable("When signals leave the range of the controls", alarms, begins)),
  };
}

function run({ measured, phases }) {
  return { from: phases.grokkingBegins.step, checkpoints: measured };
}

function nearest(measured, step) {
  const distance = (one) => Math.abs(Math.log((one.step + 1) / (step + 1)));
  return measured.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

function head({ title, columns }, rows) {
  return { title, columns: columns.map((column) => ({ ...column, cells: column.cells.slice(0, rows) })) };
}

/** The change of test accuracy by each intervention, over the seeds whose network had a trap there. */
function interventionTable(results, out) {
  const effects = results.flatMap(({ run }) =>
    JSON.parse(readFileSync(join(out, `seed-${run.seed}`, "interventions.json"), "utf8")),
  );
  const keys = [...new Set(effects.map(({ group, label }) => JSON.stringify([group, label])))];
  const rows = keys.map((key) =>
    effects.filter(({ group, label }) => JSON.stringify([group, label]) === key),
  );
  const estimates = rows.map((row) => estimateOf(row.map(({ effect }) => effect)));
  const raised = (row) => row.filter(({ interval }) => interval[0] > 0).length;
  const lowered = (row) => row.filter(({ interval }) => interval[1] < 0).length;
  const count = (header, of) => ({
    kind: "number",
    header,
    cells: rows.map(of),
    format: (value) => String(value),
  });
  return toMarkdown({
    title:
      "Change of test accuracy at the end by what is done to the largest trap of a layer, mean ± sd over seeds",
    columns: [
      { kind: "text", header: "layer", cells: rows.map(([{ group }]) => group) },
      { kind: "text", header: "intervention", cells: rows.map(([{ label }]) => label) },
      { kind: "text", header: "control", cells: rows.map(([{ control }]) => (control ? "yes" : "no")) },
      {
        kind: "estimate",
        header: "change of accuracy",
        cells: estimates,
        format: (value) => value.toFixed(3),
      },
      count("seeds", (row) => row.length),
      count("raised", raised),
      count("lowered", lowered),
    ],
  });
}
