// The three plots of solver records: time against n, fraction of the FMA peak, error.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resultsFolder } from "./common.mjs";
import { lineChart } from "./plot.mjs";

const CHARTS = [
  {
    file: "time.svg",
    title: "Symmetric matrix to eigenvalues, one core",
    yLabel: "CPU seconds",
    y: (r) => r.cpu_seconds,
  },
  {
    file: "peak.svg",
    title: "4/3 n³ operations, as a fraction of the FMA peak",
    yLabel: "% of the peak of the precision",
    y: (r) => 100 * r.fraction_of_peak,
    linear: true,
  },
  {
    file: "error.svg",
    title: "Largest error, as a fraction of the largest eigenvalue",
    yLabel: "max |Δλ| / λmax",
    y: (r) => r.max_error_over_lambda_max,
  },
];

/** Writes them of the Gaussian matrices among the records; returns the files. Nothing with fewer than two orders. */
export function plotSolvers(records) {
  const gauss = records.filter(({ kind, rows, n }) => kind === "gauss" && rows === 2 * n);
  if (new Set(gauss.map(({ n }) => n)).size < 2) return [];
  mkdirSync(resultsFolder, { recursive: true });
  return CHARTS.map(({ file, y, ...chart }) => {
    const series = Object.entries(groups(gauss)).map(([name, lines]) => ({
      name,
      colour: lines[0].solver,
      dashed: lines[0].precision === "single",
      points: lines
        .toSorted((a, b) => a.n - b.n)
        .map((record) => [record.n, y(record)])
        .filter(([, value]) => value > 0),
    }));
    const path = join(resultsFolder, file);
    const drawn = series.filter(({ points }) => points.length > 0);
    writeFileSync(path, lineChart({ xLabel: "order n", ...chart, series: drawn }));
    return path;
  });
}

function groups(records) {
  const found = {};
  for (const record of records) {
    const { solver, precision, kernel_choice } = record;
    const name = `${solver} ${precision}${kernel_choice === "best" ? ", best kernel" : ""}`;
    found[name] ??= [];
    found[name].push(record);
  }
  return found;
}
