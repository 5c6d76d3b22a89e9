import { join } from "node:path";
import { expect, test } from "vitest";
import { gaussian } from "../helpers/memory-matrix.ts";
import { temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";
import { rowsOf } from "./checkpoints.ts";

const [outputs, inputs, side] = [24, 16, 3];
const taps = side * side;

function file(name: string, tensors: { name: string; shape: number[]; data: Float32Array }[]): string {
  const path = join(temporaryFolder(), name);
  writeSafetensors(
    path,
    tensors.map(({ data, ...tensor }) => ({ ...tensor, dtype: "F32", data: new Uint8Array(data.buffer) })),
  );
  return path;
}

const kernel = Float32Array.from(gaussian(outputs * inputs * taps, 5));
const base = Float32Array.from(gaussian(outputs * inputs * taps, 6));
const shape = [outputs, inputs, side, side];
const stored = () => file("kernel.safetensors", [{ name: "conv.weight", shape, data: kernel }]);

/** The taps of a kernel, each stored as a matrix. */
function cut(values: Float32Array): string {
  return file(
    "taps.safetensors",
    Array.from({ length: taps }, (_, tap) => ({
      name: `tap${tap}`,
      shape: [outputs, inputs],
      data: Float32Array.from({ length: outputs * inputs }, (_, i) => values[i * taps + tap]!),
    })),
  );
}

test("each tap has the row of that tap as a matrix, with eigenvalues times kh·kw/2", async () => {
  const rows = await rowsOf(stored(), { perTap: true });
  const matrices = await rowsOf(cut(kernel), {});
  expect(rows.map(({ name }) => name)).toEqual(
    Array.from({ length: taps }, (_, tap) => `conv.weight#${tap}`),
  );
  for (const [tap, row] of rows.entries()) {
    const matrix = matrices[tap]!;
    expect(row).toMatchObject({ tensor: "conv.weight", role: "conv", sliceId: tap, rf: 1, error: null });
    expect(row.lambdaMax! / matrix.lambdaMax!).toBeCloseTo(taps / 2, 10);
    expect(row.alpha).toBeCloseTo(matrix.alpha!, 8);
    expect(row.trapMargin).toBe(matrix.trapMargin);
  }
});

test("taps of a difference are differences of taps", async () => {
  const rows = await rowsOf(stored(), {
    perTap: true,
    base: file("base.safetensors", [{ name: "conv.weight", shape, data: base }]),
  });
  const matrices = await rowsOf(cut(kernel), { base: cut(base) });
  expect(rows.map(({ operation }) => operation)).toEqual(matrices.map(() => "difference"));
  for (const [tap, row] of rows.entries()) {
    expect(row.lambdaMax! / matrices[tap]!.lambdaMax!).toBeCloseTo(taps / 2, 10);
  }
});

test("a filter names kernels, and matrices are left as they are", async () => {
  const both = file("both.safetensors", [
    { name: "conv.weight", shape, data: kernel },
    { name: "fc.weight", shape: [outputs, inputs], data: kernel.slice(0, outputs * inputs) },
  ]);
  const rows = await rowsOf(both, { perTap: true, layers: ["*.weight"] });
  expect(rows.map(({ sliceId }) => sliceId)).toEqual([...Array(taps).keys(), null]);
  expect(rows.at(-1)!.name).toBe("fc.weight");
});
