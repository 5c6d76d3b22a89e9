import { layOut, type TextColumn } from "../report/layout.ts";
import { formatNumber } from "../report/number.ts";
import { printable } from "../solver/error.ts";
import type { SolverRecord } from "./record.ts";

/** Records as an aligned table: milliseconds beside the largest error, the fastest of each matrix and precision first. */
export function formatSolverTable(records: readonly SolverRecord[], width?: number): string {
  const text = (
    header: string,
    priority: number,
    cell: (record: SolverRecord) => string,
    align: TextColumn["align"] = "right",
  ): TextColumn => ({ header, align, priority, cells: sorted.map(cell) });
  const sorted = [...records].sort(
    (a, b) =>
      a.n - b.n ||
      a.kind.localeCompare(b.kind) ||
      a.precision.localeCompare(b.precision) ||
      a.seconds - b.seconds,
  );
  return layOut(
    [
      text("solver", 0, ({ solver }) => solver, "left"),
      text("precision", 1, ({ precision }) => precision, "left"),
      text("kernel", 3, kernelName, "left"),
      text("kind", 1, ({ kind }) => kind, "left"),
      text("n", 1, ({ n }) => String(n)),
      text("ms", 1, ({ seconds }) => formatNumber(1000 * seconds)),
      text("CPU ms", 2, ({ cpu_seconds }) => formatNumber(1000 * cpu_seconds)),
      text("GFLOP/s", 2, ({ gflops }) => formatNumber(gflops)),
      text("of peak", 2, ({ fraction_of_peak }) => `${(100 * fraction_of_peak).toFixed(1)} %`),
      text("error/λmax", 1, ({ max_error_over_lambda_max: error }) =>
        error === null ? "–" : error.toExponential(1),
      ),
      text("against", 4, ({ reference }) => reference ?? "", "left"),
    ],
    width,
  );
}

function kernelName({ kernel, kernel_choice }: SolverRecord): string {
  if (kernel === null) return "";
  return kernel_choice === "best" ? `${printable(kernel)} (best)` : printable(kernel);
}
