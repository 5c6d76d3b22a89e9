import type { PhaseName } from "../../report/figures/phase-span.ts";
import { formatNumber } from "../../report/number.ts";
import { type Estimate, estimateOf } from "../estimate.ts";
import type { PaperExperiment, PaperQuantity } from "../paper/experiment.ts";
import {
  type MeasuredCheckpoint,
  type MeasuredLayer,
  type MeasuredRun,
  PHASES,
  rightEdge,
} from "../record.ts";
import type { Format, Table } from "./table.ts";

type OurQuantity = PaperQuantity | "trainLoss" | "testLoss" | Exclude<keyof MeasuredLayer, "layer" | "D">;

/** Decimals; null: four significant digits; counts show decimals only where a mean has them. */
type Digits = number | "count" | null;

/** Names and digits in the order of the table. */
const QUANTITIES: readonly (readonly [OurQuantity, label: string, digits: Digits])[] = [
  ["trainAccuracy", "train accuracy", 3],
  ["testAccuracy", "test accuracy", 3],
  ["trainLoss", "train loss", null],
  ["testLoss", "test loss", null],
  ["norm", "ℓ2 norm", 2],
  ["alpha", "alpha", 2],
  ["alphaMean", "alpha, mean of layers", 2],
  ["trapsWeightWatcher", "traps, WeightWatcher", "count"],
  ["trapsWeightWatcherMean", "traps, WeightWatcher, mean of layers", "count"],
  ["trapsPooled", "traps, WeightWatcher, as printed", "count"],
  ["trapsCalibrated", "traps, calibrated", "count"],
  ["trapsCentred", "traps, calibrated, centred", "count"],
  ["trapsOfMean", "traps of the mean", "count"],
  ["trapsOfEntries", "traps of entries", "count"],
  ["trapsDiffuse", "traps, diffuse", "count"],
  ["sigma", "σ of the shuffled bulk", 3],
  ["ksDistance", "KS of the shuffled bulk", 4],
  ["ksPValue", "KS p-value", null],
];

/** Of the whole network; everything else is of a layer. */
const GLOBAL: ReadonlySet<OurQuantity> = new Set<OurQuantity>([
  "trainAccuracy",
  "testAccuracy",
  "trainLoss",
  "testLoss",
  "norm",
  "alphaMean",
  "trapsWeightWatcherMean",
]);

const SHORT: Record<PhaseName, string> = { "pre-grokking": "pre", grokking: "grok", "anti-grokking": "anti" };

/**
 * The paper's numbers beside those of our runs, a row per quantity and layer and a pair of columns per phase. Ours are taken at the
 * last checkpoint of the phase, as the paper's are (but for its tables 12 to 15: means over windows), and are mean ± sd (n − 1) over the seeds that reached it.
 * Means of layers are over the layers that the paper averages. Rows that neither has are left out.
 */
export function comparisonTable(paper: PaperExperiment, runs: readonly MeasuredRun[]): Table {
  const layers = [...new Set([...paper.layers, ...runs.flatMap(layersOf)])];
  const rows = QUANTITIES.flatMap(([quantity, label, digits]) =>
    (GLOBAL.has(quantity) ? [null] : layers).map((layer) => {
      const printed = paper.rows.find((row) => row.quantity === quantity && row.layer === layer);
      const pairs = PHASES.map((phase) => ({
        paper: printed?.values[phase] ?? null,
        ours: ours(runs, phase, quantity, layer, paper.layers),
      }));
      return { label, digits, layer, table: printed?.table, pairs };
    }),
  ).filter(({ pairs }) => pairs.some(({ paper, ours }) => paper !== null || ours !== null));

  const seeds = PHASES.map((phase) => `${SHORT[phase]} ${edgesOf(runs, phase).length}`).join(", ");
  const format: Format = (value, row) => formatDigits(value, rows[row]!.digits);
  return {
    title: `${paper.label}: the paper and ours (seeds: ${seeds})`,
    columns: [
      { kind: "text", header: "quantity", cells: rows.map(({ label }) => label) },
      { kind: "text", header: "layer", cells: rows.map(({ layer }) => layer ?? "") },
      ...PHASES.flatMap((phase, index) =>
        (["paper", "ours"] as const).map((side) => ({
          kind: "estimate" as const,
          header: `${SHORT[phase]}, ${side}`,
          cells: rows.map(({ pairs }) => pairs[index]![side]),
          format,
        })),
      ),
      { kind: "text", header: "paper's table", cells: rows.map(({ table }) => String(table ?? "")) },
    ],
  };
}

function layersOf({ checkpoints }: MeasuredRun): string[] {
  return checkpoints.flatMap(({ layers }) => layers.map(({ layer }) => layer));
}

function ours(
  runs: readonly MeasuredRun[],
  phase: PhaseName,
  quantity: OurQuantity,
  layer: string | null,
  averaged: readonly string[],
): Estimate | null {
  return estimateOf(edgesOf(runs, phase).map((edge) => measured(edge, quantity, layer, averaged)));
}

/** Of the runs that reached the phase. */
function edgesOf(runs: readonly MeasuredRun[], phase: PhaseName): MeasuredCheckpoint[] {
  return runs.map((run) => rightEdge(run, phase)).filter((edge) => edge !== undefined);
}

function measured(
  checkpoint: MeasuredCheckpoint,
  quantity: OurQuantity,
  layer: string | null,
  averaged: readonly string[],
): number | null {
  if (quantity === "alphaMean") return meanOver(checkpoint, averaged, "alpha");
  if (quantity === "trapsWeightWatcherMean") return meanOver(checkpoint, averaged, "trapsWeightWatcher");
  if (isOfNetwork(quantity)) return checkpoint[quantity];
  return checkpoint.layers.find((candidate) => candidate.layer === layer)?.[quantity] ?? null;
}

function isOfNetwork(
  quantity: Exclude<OurQuantity, "alphaMean" | "trapsWeightWatcherMean">,
): quantity is "trainAccuracy" | "testAccuracy" | "trainLoss" | "testLoss" | "norm" {
  return GLOBAL.has(quantity);
}

function meanOver(
  { layers }: MeasuredCheckpoint,
  averaged: readonly string[],
  key: "alpha" | "trapsWeightWatcher",
): number | null {
  const values = layers.filter(({ layer }) => averaged.includes(layer)).map((layer) => layer[key]);
  return estimateOf(values)?.mean ?? null;
}

function formatDigits(value: number, digits: Digits): string {
  if (digits === null) return formatNumber(value);
  return digits === "count" ? String(Number(value.toFixed(2))) : value.toFixed(digits);
}
