import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inspectCheckpoint } from "../../lib/checkpoint/inspect.ts";
import {
  GPT_OSS_20B,
  GPT_OSS_120B,
  type GptOssSizes,
  huggingFaceConfig,
  huggingFaceTensors,
} from "../helpers/gpt-oss-shapes.ts";
import { type TensorSpec, temporaryFolder, writeShards } from "../helpers/safetensors-writer.ts";

/** The published shapes in files full of holes; tensors are dealt out so that layers are torn apart. */
function sparseCheckpoint(sizes: GptOssSizes, shards: number): string {
  const folder = temporaryFolder();
  const files: Record<string, TensorSpec[]> = {};
  huggingFaceTensors(sizes).forEach((tensor, i) => {
    const number = (n: number) => String(n).padStart(5, "0");
    const file = `model-${number((i * 7) % shards)}-of-${number(shards - 1)}.safetensors`;
    files[file] = [...(files[file] ?? []), tensor];
  });
  writeShards(folder, files);
  writeFileSync(join(folder, "config.json"), JSON.stringify(huggingFaceConfig(sizes)));
  return folder;
}

test("a folder of 120B shape has 14,006 matrices and 116.8 billion parameters", async () => {
  const seen = await inspectCheckpoint(sparseCheckpoint(GPT_OSS_120B, 15), { replicas: 0 });
  expect(seen.warnings).toEqual([]);
  expect(seen.broken).toEqual([]);
  expect(seen.tensors).toBe(687);
  expect(seen.files).toHaveLength(15);
  expect(seen.matrices).toHaveLength(14_006);
  expect(seen.parameters).toBe(116_829_156_672);
  expect(seen.covered).toBe(116_788_838_400);
  expect(seen.percent).toBeCloseTo(99.9655, 4);
  expect(seen.dtypes.reduce((sum, dtype) => sum + dtype.bytes, 0)).toBe(65_248_815_744);
  expect(seen.work.eigen / 4.427e14).toBeCloseTo(1, 3);
  expect(seen.work.gram / 3.362e14).toBeCloseTo(1, 3);
  expect(seen.work.total / 7.789e14).toBeCloseTo(1, 3);
});

test("a folder of 20B shape has 2,426 matrices; fused adds one for every expert", async () => {
  const folder = sparseCheckpoint(GPT_OSS_20B, 3);
  const plain = await inspectCheckpoint(folder, { replicas: 0 });
  expect(plain.tensors).toBe(459);
  expect(plain.matrices).toHaveLength(2426);
  expect(plain.parameters).toBe(20_914_757_184);
  expect(plain.covered).toBe(20_907_786_240);
  expect(plain.work.eigen / 7.499e13).toBeCloseTo(1, 3);
  expect(plain.work.gram / 6.006e13).toBeCloseTo(1, 3);

  const shuffled = await inspectCheckpoint(folder);
  expect(shuffled.work.total).toBe(2 * plain.work.total);

  const fused = await inspectCheckpoint(folder, { replicas: 0, fused: true });
  expect(fused.matrices).toHaveLength(2426 + 24 * 32);
  expect(fused.covered).toBe(plain.covered);
  expect(fused.work.gram).toBe(plain.work.gram);
  expect(fused.work.eigen - plain.work.eigen).toBeCloseTo((24 * 32 * 4 * 2880 ** 3) / 3, -6);
  const fusedShuffled = await inspectCheckpoint(folder, { fused: true });
  const fusedGrams = 24 * 32 * 5760 * 2880 * 2881;
  expect(fusedShuffled.work.gram).toBe(2 * plain.work.gram + fusedGrams);
});

test("bytes of the matrices are the bytes of their tensors", async () => {
  const seen = await inspectCheckpoint(sparseCheckpoint(GPT_OSS_20B, 3));
  const experts = seen.matrices.filter((matrix) => matrix.expert !== null);
  expect(experts.reduce((sum, matrix) => sum + matrix.bytes, 0)).toBe(10_152_345_600);
  expect(() => JSON.stringify(seen)).not.toThrow();
});
