import { columns } from "../analysis/columns.ts";
import type { Condition } from "../analysis/conditions.ts";
import type { RunRecord, SolverRecord } from "../analysis/record.ts";
import type { Row } from "../analysis/row.ts";
import type { RunFolder } from "../analysis/run-folder.ts";
import type { Summary } from "../analysis/summary.ts";
import type { Warning } from "../checkpoint/checkpoint.ts";
import type { Skipped } from "../checkpoint/plan.ts";
import { printable } from "../solver/error.ts";
import { formatCount, formatNumber } from "./number.ts";

/** A summary as a few lines for people. */
export function formatSummary(summary: Summary): string {
  const {
    matrices,
    failed,
    errors,
    tested,
    withEntryTraps,
    withMeanTraps,
    nearest,
    alphaBelow2,
    alphaAbove6,
    means,
  } = summary;
  const codes = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  const averages = Object.entries(means)
    .filter(([, { mean }]) => mean !== null)
    .map(([key, { mean }]) => `${columns.find((column) => column.key === key)!.name} ${formatNumber(mean)}`);
  const lines = [
    `${matrices} ${matrices === 1 ? "matrix" : "matrices"}${failed > 0 ? `, ${failed} failed (${codes.join(", ")})` : ""}`,
    nearest === null
      ? ""
      : `nearest to a trap: ${printable(nearest.name)}, margin ${formatNumber(nearest.margin)} where ${formatNumber(nearest.threshold)} makes one`,
    tested > 0
      ? `traps made by entries in ${withEntryTraps} of ${tested}, by the mean in ${withMeanTraps}`
      : "",
    means.alpha.rows > 0
      ? `alpha below 2 in ${alphaBelow2}, above 6 in ${alphaAbove6} of ${means.alpha.rows}`
      : "",
    averages.length > 0 ? `means: ${averages.join(", ")}` : "",
  ];
  return lines
    .filter((line) => line !== "")
    .map((line) => `${line}\n`)
    .join("");
}

/** Tensors left out, one line for each reason; up to three names each. */
export function formatSkipped(skipped: readonly Skipped[]): string {
  const reasons = new Set(skipped.map(({ reason }) => reason));
  return [...reasons]
    .map((reason) => {
      const tensors = skipped.filter((tensor) => tensor.reason === reason);
      const names = tensors.slice(0, 3).map(({ tensor }) => printable(tensor));
      const more = tensors.length > 3 ? ", …" : "";
      const parameters = formatCount(tensors.reduce((sum, tensor) => sum + tensor.parameters, 0));
      return `skipped ${tensors.length} (${parameters} parameters): ${reason}: ${names.join(", ")}${more}\n`;
    })
    .join("");
}

export function formatWarnings(warnings: readonly Warning[]): string {
  return warnings.map(({ code, message }) => `warning ${code}: ${printable(message)}\n`).join("");
}

/** One line on how the numbers came about and what they promise. */
export function formatRun({ options, solver }: RunRecord, rows: readonly Row[]): string {
  const promises = [...new Set(rows.map(({ promise }) => promise))].filter((promise) => promise !== null);
  const parts = [
    `precision ${options.precision}${formatFallback(rows)}${promises.length > 0 ? `: |Δλ| ≤ ${Math.max(...promises)}·λmax` : ""}`,
    `seed ${options.seed}${options.wwCompat ? ", shuffles as WeightWatcher's" : ""}`,
    ...(solver === null
      ? []
      : [`${solver.threads} ${solver.threads === 1 ? "thread" : "threads"}`, formatSolver(solver)]),
  ];
  return `${parts.join("; ")}\n`;
}

/** How many rows have another precision than was asked for; empty for none. */
function formatFallback(rows: readonly Row[]): string {
  const others = rows.filter(({ precision, precisionAsked }) => precision !== precisionAsked);
  return others.length === 0 ? "" : ` (${others[0]!.precision} in ${others.length} of ${rows.length})`;
}

/** "native (avx2)", "lapack (libopenblas.so.0, Zen, pthread)", "native (avx2), eigenvectors by libopenblas.so.0 (Zen, pthread)" */
function formatSolver({ name, kernel, blas }: SolverRecord): string {
  const listed = (...parts: string[]) => parts.filter((part) => part !== "").join(", ");
  if (blas === null) return `${name} (${kernel})`;
  if (name === "lapack") return `${name} (${listed(blas.library, kernel, blas.threading)})`;
  return `${name} (${kernel}), eigenvectors by ${blas.library} (${listed(blas.kernel, blas.threading)})`;
}

/** What a resumed run begins with; empty for a new one. */
export function formatRestored({ restoredRows, damagedRecords }: RunFolder, matrices: number): string {
  const damaged =
    damagedRecords === 0 ? "" : `; ${damagedRecords} unreadable records, whose matrices are analysed again`;
  return restoredRows + damagedRecords === 0
    ? ""
    : `resumed: ${restoredRows} of ${matrices} matrices were there${damaged}\n`;
}

/** Which rows make a run fail, up to three by name. */
export function formatCondition(condition: Condition, met: readonly Row[]): string {
  const names = met.slice(0, 3).map(({ name }) => printable(name));
  return `--fail-on ${condition}: ${met.length}: ${names.join(", ")}${met.length > 3 ? ", …" : ""}\n`;
}
