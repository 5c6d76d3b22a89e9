// What the tables of bench:grokking are made with.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { estimateOf } from "../../dist/grokking/estimate.js";
import { comparisonTable } from "../../dist/grokking/tables/comparison.js";

/** A row of the table of phases from the result of a run. */
export function phased(label) {
  return ({ phases, curve, run }) => ({
    label: `${label}, seed ${run.seed}`,
    phases,
    end: curve[curve.length - 1],
  });
}

/**
 * Our numbers at the right edges of the phases, without the paper's, which are of other data. Means are over `layers`.
 *
 * @param shown quantities by their names in the table; default all.
 */
export function ours(label, results, layers, shown) {
  const runs = results.map(({ run }) => run);
  const { columns } = comparisonTable({ label, layers, rows: [] }, runs);
  const rows = columns[0].cells.flatMap((quantity, row) =>
    shown === undefined || shown.includes(quantity) ? [row] : [],
  );
  const seeds = runs.length === 1 ? "one seed" : `mean ± sd over the seeds that reach it, of ${runs.length}`;
  return {
    title: `${label}: last checkpoint of each phase, ${seeds}`,
    columns: columns
      .filter(({ header }) => !header.includes("paper"))
      .map((column) => ({
        ...column,
        header: column.header.replace(", ours", ""),
        cells: rows.map((row) => column.cells[row]),
        format: (value, k) => column.format(value, rows[k]),
      })),
  };
}

/** The paper's numbers alone. */
export function printed(paper, label) {
  const { columns } = comparisonTable(paper, []);
  return {
    title: `${label}, as the paper prints it`,
    columns: columns
      .filter(({ header }) => !header.includes("ours"))
      .map((column) => ({ ...column, header: column.header.replace(", paper", "") })),
  };
}

/** The run folders of a training over seeds. */
export function seedFolders(out, results) {
  return results.map(({ run }) => join(out, `seed-${run.seed}`));
}

/** Rows of a table of a run folder; none if the run has no such table. */
export function readTable(folder, name) {
  const file = join(folder, "tables", `${name}.csv`);
  return existsSync(file) ? csvParse(readFileSync(file, "utf8")) : [];
}

/**
 * Rows of a table over run folders, those with the same values under some headers together, in the order of the first of each. `of` gives
 * "mean ± sd" of what stands under a header; an empty cell is no number.
 */
export function pooledTable(folders, name, headers) {
  const groups = new Map();
  for (const row of folders.flatMap((folder) => readTable(folder, name))) {
    const key = JSON.stringify(headers.map((header) => row[header]));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((rows) => ({ rows, first: rows[0], of: spreadUnder(rows) }));
}

function spreadUnder(rows) {
  return (header, digits, change = (value) => value) => {
    const known = rows.filter((row) => row[header] !== "");
    return spread(
      known.map((row) => change(Number(row[header]))),
      digits,
    );
  };
}

/** Of the named numbers of layers that have them. */
export function sumOf(layers, key) {
  return layers.reduce((sum, layer) => sum + (layer[key] ?? 0), 0);
}

/** "mean ± sd" of the numbers there are. */
export function spread(values, digits) {
  const estimate = estimateOf(values.map((value) => (Number.isFinite(value) ? value : null)));
  if (estimate === null) return "–";
  const { mean, sd } = estimate;
  return sd === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${sd.toFixed(digits)}`;
}
