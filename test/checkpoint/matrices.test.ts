import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { coverage } from "../../lib/checkpoint/coverage.ts";
import { inspectCheckpoint } from "../../lib/checkpoint/inspect.ts";
import { weightMatrices } from "../../lib/checkpoint/matrices.ts";
import { openCheckpoint } from "../../lib/checkpoint/open.ts";
import { decodeMatrix } from "../helpers/matrix-decode.ts";
import {
  type TensorSpec,
  temporaryFolder,
  writeSafetensors,
  writeShards,
} from "../helpers/safetensors-writer.ts";

const tensor = (name: string, dtype: string, ...shape: number[]): TensorSpec => ({ name, dtype, shape });

async function planOf(tensors: TensorSpec[]) {
  const path = join(temporaryFolder(), "model.safetensors");
  writeSafetensors(path, tensors);
  const checkpoint = await openCheckpoint(path);
  return { checkpoint, path, plan: weightMatrices(checkpoint) };
}

test("every float tensor of rank 2 or 4 is a matrix under its own name, whatever the name", async () => {
  const names = ["BF16", "F8_E4M3", "F8_E5M2", "F16", "F32", "F64"];
  const { plan } = await planOf([
    ...names.map((dtype) => tensor(`odd name ${dtype}`, dtype, 2, 3)),
    tensor("layers.0.attention.bias", "F32", 2, 2),
    tensor("kernel", "F32", 4, 3, 2, 2),
  ]);
  expect(plan.skipped).toEqual([]);
  expect(plan.matrices.map(({ name, tensor: stored }) => [name, stored])).toEqual(
    ["layers.0.attention.bias", "kernel", ...names.map((n) => `odd name ${n}`)].map((name) => [name, name]),
  );
  expect(plan.matrices.every(({ role }) => role === "dense" || role === "conv")).toBe(true);
});

test("all other tensors are skipped with a reason and their parameters", async () => {
  const cases: [TensorSpec, RegExp][] = [
    [tensor("a01", "I32", 4, 4), /integer tensor without a dequantisation rule/],
    [tensor("a02", "U8", 4, 4), /integer tensor without a dequantisation rule/],
    [tensor("a03", "BOOL", 4, 4), /truth values/],
    [tensor("a04", "C64", 4, 4), /complex/],
    [tensor("a05", "F32", 8), /vector/],
    [tensor("a06", "F32"), /scalar/],
    [tensor("a07", "F32", 0, 4), /empty/],
    [tensor("a08", "I64", 0), /empty/],
    [tensor("a09", "F32", 1, 9), /shorter than 2/],
    [tensor("a10", "F32", 9, 1), /shorter than 2/],
    [tensor("a11", "BF16", 8, 1, 3, 3), /shorter than 2/],
    [tensor("a12", "BF16", 3, 4, 5), /rank 3/],
    [tensor("a13", "F32", 2, 2, 2, 2, 2), /rank 5/],
    [tensor("a14", "F8_E8M0", 4, 4), /never a weight/],
    [tensor("a15", "F6_E2M3", 4, 4), /packed/],
    [tensor("a16", "F4", 4, 4), /F4/],
    [tensor("a17", "F8_E4M3FNUZ", 4, 4), /not decoded/],
  ];
  const { plan, checkpoint } = await planOf(cases.map(([spec]) => spec));
  expect(plan.matrices).toEqual([]);
  expect(plan.skipped.map(({ tensor: name }) => name)).toEqual(cases.map(([{ name }]) => name));
  plan.skipped.forEach((skip, i) => {
    expect(skip.reason).toMatch(cases[i]![1]);
    expect(skip).toMatchObject({ dtype: cases[i]![0].dtype, shape: cases[i]![0].shape });
  });
  const counts = cases.map(([{ dtype, shape }]) =>
    dtype === "F8_E8M0" ? 0 : shape.reduce((a, b) => a * b, 1),
  );
  expect(plan.skipped.map(({ parameters }) => parameters)).toEqual(counts);
  const total = counts.reduce((a, b) => a + b, 0);
  expect(coverage(checkpoint, plan)).toEqual({ parameters: total, covered: 0, percent: 0 });
});

test("F8 weights under scales are no numbers yet, and their scales no matrices", async () => {
  const { plan } = await planOf([
    tensor("a.weight", "F8_E4M3", 200, 300),
    tensor("a.weight_scale_inv", "F32", 2, 3),
    tensor("b.weight", "F8_E4M3", 4, 4),
    tensor("b.weight_scale", "F32"),
    tensor("c.weight", "F8_E4M3", 4, 64),
    tensor("c.scale", "F8_E8M0", 4, 2),
    tensor("d.weight", "F8_E5M2", 4, 4),
  ]);
  expect(plan.matrices.map(({ name }) => name)).toEqual(["d.weight"]);
  expect(plan.skipped.filter(({ reason }) => /under scales/.test(reason)).map((skip) => skip.tensor)).toEqual(
    ["a.weight", "b.weight", "c.weight"],
  );
});

test("a checkpoint without parameters has no coverage", async () => {
  const { checkpoint, plan } = await planOf([]);
  expect(coverage(checkpoint, plan)).toEqual({ parameters: 0, covered: 0, percent: null });
});

describe("the elements of a matrix", () => {
  const values = (n: number) => Float32Array.from({ length: n }, (_, i) => i);

  test("of rank 2 are its rows", async () => {
    const data = new Uint8Array(values(6).buffer);
    const { plan } = await planOf([{ name: "w", dtype: "F32", shape: [2, 3], data }]);
    expect(plan.matrices[0]).toMatchObject({ rows: 2, cols: 3, taps: 1 });
    expect(decodeMatrix(plan.matrices[0]!)).toEqual(values(6));
  });

  test("of a kernel are one matrix [out, in] for each tap, rows of taps first", async () => {
    const [out, inputs, height, width] = [2, 3, 2, 4];
    const data = new Uint8Array(values(out * inputs * height * width).buffer);
    const { plan } = await planOf([
      { name: "conv", dtype: "F32", shape: [out, inputs, height, width], data },
    ]);
    const matrix = plan.matrices[0]!;
    expect(matrix).toMatchObject({ role: "conv", rows: 2, cols: 3, taps: 8 });
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const expected = Array.from({ length: out * inputs }, (_, at) => (at * height + i) * width + j);
        expect([...decodeMatrix(matrix, i * width + j)]).toEqual(expected);
      }
    }
  });

  test("of a kernel of one tap are a kernel's all the same", async () => {
    const data = new Uint8Array(values(6).buffer);
    const { plan } = await planOf([{ name: "conv", dtype: "F32", shape: [2, 3, 1, 1], data }]);
    expect(plan.matrices[0]).toMatchObject({ role: "conv", taps: 1 });
    expect(decodeMatrix(plan.matrices[0]!)).toEqual(values(6));
  });
});

describe("the order of a plain plan", () => {
  const names = [
    "lm_head.weight",
    "model.embed_tokens.weight",
    "projector.weight",
    "model.layers.10.mlp.up_proj.weight",
    "model.layers.2.mlp.experts.10.w1.weight",
    "model.layers.2.mlp.experts.9.w1.weight",
    "model.layers.2.self_attn.q_proj.weight",
    "model.layers.2.input.kernel",
  ];
  const expected = [
    "model.layers.2.input.kernel",
    "model.layers.2.mlp.experts.9.w1.weight",
    "model.layers.2.mlp.experts.10.w1.weight",
    "model.layers.2.self_attn.q_proj.weight",
    "model.layers.10.mlp.up_proj.weight",
    "projector.weight",
    "model.embed_tokens.weight",
    "lm_head.weight",
  ];

  test("is layers, others, embedding, head", async () => {
    const { plan } = await planOf(names.map((name) => tensor(name, "F32", 2, 2)));
    expect(plan.matrices.map(({ name }) => name)).toEqual(expected);
  });

  test("does not depend on shards or on the order in them", async () => {
    for (const turn of [0, 3, 5]) {
      const folder = temporaryFolder();
      const turned = [...names.slice(turn), ...names.slice(0, turn)].map((name) => tensor(name, "F32", 2, 2));
      writeShards(folder, { "b.safetensors": turned.slice(0, 5), "a.safetensors": turned.slice(5) });
      const plan = weightMatrices(await openCheckpoint(folder));
      expect(plan.matrices.map(({ name }) => name)).toEqual(expected);
    }
  });
});

test("inspect tells dtypes, sides, bytes and work of a plain file", async () => {
  const { path } = await planOf([
    tensor("conv.weight", "BF16", 4, 8, 3, 3),
    tensor("fc.weight", "F32", 10, 20),
    tensor("fc.bias", "F32", 10),
  ]);
  const seen = await inspectCheckpoint(path);
  expect(seen.dtypes).toEqual([
    { dtype: "F32", tensors: 2, bytes: 840 },
    { dtype: "BF16", tensors: 1, bytes: 576 },
  ]);
  expect(seen.matrices).toEqual([
    { name: "conv.weight", tensor: "conv.weight", role: "conv", layer: null, expert: null, N: 8, M: 4, taps: 9, encoding: "BF16", bytes: 576 },
    { name: "fc.weight", tensor: "fc.weight", role: "dense", layer: null, expert: null, N: 20, M: 10, taps: 1, encoding: "F32", bytes: 800 },
  ]); // biome-ignore format: a table
  expect([seen.parameters, seen.covered]).toEqual([498, 488]);
  expect(seen.work.gram).toBe(2 * (9 * 8 * 4 * 5 + 20 * 10 * 11));
  expect(seen.work.eigen).toBeCloseTo((2 * 4 * (9 * 4 ** 3 + 10 ** 3)) / 3, 6);
});
