import type { InspectedMatrix, Inspection } from "../checkpoint/inspect.ts";
import { printable } from "../solver/error.ts";
import { layOut, type TextColumn } from "./layout.ts";
import { formatCount } from "./number.ts";

/** What a checkpoint holds, for people: its matrices by role and shape, and every tensor left out. */
export function formatInspection(inspection: Inspection): string {
  const { location, format, layout, files, bytes, tensors, matrices, broken, skipped, work } = inspection;
  const covered = inspection.percent === null ? "none" : `${inspection.percent.toFixed(2)} %`;
  const sections = [
    `${printable(location)}: ${format} (${layout}), ${plural(files.length, "file")}, ${formatCount(bytes)}B\n` +
      `${plural(tensors, "tensor")}, ${plural(matrices.length, "matrix", "matrices")}, ` +
      `${covered} of ${formatCount(inspection.parameters)} parameters covered\n` +
      `an analysis with one shuffle takes ${formatCount(work.total)}FLOP ` +
      `(Gram ${formatCount(work.gram)}, eigenvalues ${formatCount(work.eigen)})\n`,
    inspection.warnings.map(({ code, message }) => `warning ${code}: ${printable(message)}\n`).join(""),
    matrices.length === 0 ? "" : layOut(kinds(matrices)),
    broken.map(({ name, code, message }) => `broken ${printable(name)}: ${code}: ${message}\n`).join(""),
    skipped.length === 0
      ? ""
      : layOut([
          column(
            "skipped tensor",
            "left",
            skipped.map(({ tensor }) => printable(tensor)),
          ),
          column(
            "shape",
            "right",
            skipped.map(({ shape }) => shape.join("×")),
          ),
          column(
            "dtype",
            "left",
            skipped.map(({ dtype }) => dtype),
          ),
          column(
            "reason",
            "left",
            skipped.map(({ reason }) => reason),
          ),
        ]),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

/** Matrices of the same role, shape and encoding share a line. */
function kinds(matrices: readonly InspectedMatrix[]): TextColumn[] {
  const groups = new Map<string, { first: InspectedMatrix; count: number; bytes: number }>();
  for (const matrix of matrices) {
    const { role, N, M, taps, encoding } = matrix;
    const key = [role, N, M, taps, encoding].join(" ");
    const group = groups.get(key) ?? { first: matrix, count: 0, bytes: 0 };
    groups.set(key, { ...group, count: group.count + 1, bytes: group.bytes + matrix.bytes });
  }
  const all = [...groups.values()];
  return [
    column(
      "role",
      "left",
      all.map(({ first }) => first.role),
    ),
    column(
      "N×M",
      "right",
      all.map(({ first: { N, M, taps } }) => (taps === 1 ? `${N}×${M}` : `${N}×${M}×${taps}`)),
    ),
    column(
      "encoding",
      "left",
      all.map(({ first }) => first.encoding),
    ),
    column(
      "matrices",
      "right",
      all.map(({ count }) => String(count)),
    ),
    column(
      "bytes",
      "right",
      all.map(({ bytes }) => formatCount(bytes)),
    ),
    column(
      "first",
      "left",
      all.map(({ first }) => printable(first.name)),
    ),
  ];
}

function column(header: string, align: TextColumn["align"], cells: string[]): TextColumn {
  return { header, align, priority: 0, cells };
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
