import type { PhaseName } from "../../report/figures/phases.ts";
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

/** Names and digits in the order of the table. */
const QUANTITIES: readonly (readonly [OurQuantity, label: string, digits: number | null])[] = [
  ["trainAccuracy", "train accuracy", 3],
  ["testAccuracy", "test accuracy", 3],
  ["trainLoss", "train loss", null],
  ["testLoss", "test loss", null],
  ["norm", "ℓ2 norm", 2],
  ["alpha", "alpha", 2],
  ["alphaMean", "alpha, mean of layers", 2],
  ["trapsWeightWatcher", "traps, WeightWatcher", 2],
  ["trapsWeightWatcherMean", "traps, WeightWatcher, mean of layers", 2],
  ["trapsCalibrated", "traps, calibrated", 2],
  ["trapsCentred", "traps, calibrated, centred", 2],
  ["trapsOfMean", "traps of the mean", 2],
  ["trapsOfEntries", "traps of entries", 2],
  ["trapsDiffuse", "traps, diffuse", 2],
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

  const format: Format = (value, row) => formatDigits(value, rows[row]!.digits);
  return {
    title: `${paper.label}: the paper and ours`,
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
  const edges = runs.map((run) => rightEdge(run, phase)).filter((edge) => edge !== undefined);
  return estimateOf(edges.map((edge) => measured(edge, quantity, layer, averaged)));
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

function formatDigits(value: number, digits: number | null): string {
  return digits === null ? formatNumber(value) : value.toFixed(digits);
}
