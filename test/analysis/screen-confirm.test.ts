import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Row, type ScreenRow, screen } from "../../lib/index.ts";
import { formatScreening } from "../../lib/report/screen.ts";
import { gaussian } from "../helpers/memory-matrix.ts";
import { writeSafetensors } from "../helpers/safetensors-writer.ts";
import { rowsOf } from "./checkpoints.ts";

const [rows, cols] = [160, 96];
const tau = (rows * cols) ** 0.25;

/** Normal entries of deviation 1 with one of `margin` τ at [row, column]. */
function planted(seed: number, at: readonly [row: number, column: number], margin: number): Float32Array {
  const values = gaussian(rows * cols, seed);
  values[at[0] * cols + at[1]] = margin * tau;
  return values;
}

/** Student's law with three degrees of freedom: z/√(χ²₃/3). */
function student(seed: number): Float32Array {
  const z = gaussian(4 * rows * cols, seed);
  return Float32Array.from({ length: rows * cols }, (_, i) => {
    const [top, a, b, c] = z.subarray(4 * i, 4 * i + 4);
    return top! / Math.sqrt((a! ** 2 + b! ** 2 + c! ** 2) / 3);
  });
}

const matrices = {
  planted: planted(1, [17, 90], 2),
  "mean and planted": planted(2, [3, 4], 1.8).map((value) => value + 3 / tau),
  "mean alone": gaussian(rows * cols, 3).map((value) => value + 3 / tau),
  "student and planted": student(4).map((value, i) => (i === 55 * cols + 5 ? 60 * tau : value)),
  student: student(5),
  quiet: gaussian(rows * cols, 6),
};

const folder = mkdtempSync(join(tmpdir(), "spectrap-confirm-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let screened: Map<string, ScreenRow>;
let analysed: Map<string, Row>;
beforeAll(async () => {
  const file = join(folder, "model.safetensors");
  const tensor = ([name, values]: [string, Float32Array], shape: number[] = [rows, cols]) => ({
    ...{ name, dtype: "F32", shape },
    data: new Uint8Array(values.buffer),
  });
  const kernel = Float32Array.from([...matrices.planted, ...matrices.quiet]);
  writeSafetensors(file, [
    ...Object.entries(matrices).map((matrix) => tensor(matrix)),
    tensor(["kernel", kernel], [2 * rows, cols, 1, 1]),
    tensor(["taps", kernel], [rows, cols, 1, 2]),
  ]);
  screened = new Map();
  for await (const row of screen(file, { confirm: true, seed: 7 })) screened.set(row.name, row);
  analysed = new Map((await rowsOf(file, { seed: 7 })).map((row) => [row.name, row]));
});

test("a confirmed matrix has the traps of an analysed one, to the last bit", () => {
  const decomposed = [...screened].filter(([, { confirmed }]) => confirmed !== null);
  expect(decomposed.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      "planted",
      "mean and planted",
      "mean alone",
      "student and planted",
      "kernel",
      "taps",
    ]),
  );
  for (const [name, { confirmed }] of decomposed) {
    const { lambdas, ...columns } = confirmed!;
    expect(analysed.get(name)).toMatchObject(columns);
    expect(lambdas.length).toBeGreaterThan(columns.traps!);
  }
});

test("a mean and heavy tails are tested as an analysis does it", () => {
  const confirmed = (name: string) => screened.get(name)!.confirmed!;
  expect(confirmed("planted")).toMatchObject({ traps: 1, trapReference: "edge", trapCentred: false });
  expect(confirmed("mean and planted")).toMatchObject({ traps: 1, meanTrap: true, trapCentred: true });
  expect(confirmed("mean and planted").trapOrigins).toMatchObject([{ kind: "entry", row: 3, col: 4 }]);
  expect(confirmed("mean alone")).toMatchObject({ traps: 0, meanTrap: true, trapCentred: true });
  expect(confirmed("student and planted")).toMatchObject({ trapReference: "monte_carlo" });
  expect(confirmed("student and planted").trapOrigins![0]).toMatchObject({ kind: "entry", row: 55, col: 5 });
  expect(screened.get("quiet")!.confirmed).toBeNull();
});

test("the table counts a mean among the confirmed, as among the predicted", () => {
  const [header, line] = formatScreening([screened.get("mean and planted")!]).split("\n");
  const numbers = line!.slice("mean and planted".length).trim().split(/\s+/);
  const at = header!.trim().split(/\s+/).indexOf("predicted") - 1;
  expect(numbers.slice(at, at + 2)).toEqual(["2", "2"]);
});
