import { join } from "node:path";
import { expect, test } from "vitest";
import { weightMatrices } from "../../lib/checkpoint/matrices.ts";
import { openCheckpoint } from "../../lib/checkpoint/open.ts";
import { addon } from "../../lib/solver/addon.ts";
import { temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";

/** `times` copies of a list. */
const repeated = (times: number, list: readonly number[]): number[] => Array(times).fill(list).flat();

/** Four rows of one block of 32 values each, of gate and up in turns: 16 bytes with the low nibble first, and an exponent byte. */
const ROWS: { bytes: number[]; exponent: number; values: number[] }[] = [
  {
    bytes: repeated(2, [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]),
    exponent: 127,
    values: repeated(2, [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6]),
  },
  { bytes: repeated(16, [0x21]), exponent: 128, values: repeated(16, [1, 2]) },
  { bytes: repeated(16, [0x4e]), exponent: 120, values: repeated(16, [-0.03125, 0.015625]) },
  { bytes: repeated(16, [0x07]), exponent: 130, values: repeated(16, [48, 0]) },
];

test("MXFP4 blocks made by hand come out exactly, and tensors that are no matrices are listed as skipped", async () => {
  const experts = "model.layers.0.mlp.experts";
  const path = join(temporaryFolder(), "model.safetensors");
  writeSafetensors(path, [
    {
      ...{ name: `${experts}.gate_up_proj_blocks`, dtype: "U8", shape: [1, 4, 1, 16] },
      data: Uint8Array.from(ROWS.flatMap(({ bytes }) => bytes)),
    },
    {
      ...{ name: `${experts}.gate_up_proj_scales`, dtype: "U8", shape: [1, 4, 1] },
      data: Uint8Array.from(ROWS, ({ exponent }) => exponent),
    },
    { name: `${experts}.gate_up_proj_bias`, dtype: "BF16", shape: [1, 4] },
    { name: "model.norm.weight", dtype: "BF16", shape: [32] },
    { name: "token_counts", dtype: "I64", shape: [4, 4] },
  ]);
  const { matrices, skipped, broken } = weightMatrices(await openCheckpoint(path));
  expect(broken).toEqual([]);
  const decoded = matrices.map((matrix) => [matrix.role, addon().decodeMatrix(matrix, 0)]);
  expect(Object.fromEntries(decoded)).toEqual({
    gate: Float32Array.from([...ROWS[0]!.values, ...ROWS[2]!.values]),
    up: Float32Array.from([...ROWS[1]!.values, ...ROWS[3]!.values]),
  });
  expect(skipped.map(({ tensor }) => tensor)).toEqual([
    `${experts}.gate_up_proj_bias`,
    "model.norm.weight",
    "token_counts",
  ]);
});
