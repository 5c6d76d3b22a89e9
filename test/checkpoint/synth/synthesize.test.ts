import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SynthOptions } from "../../../lib/checkpoint/synth/options.ts";
import { synthesize, type Truth } from "../../../lib/checkpoint/synth/synthesize.ts";
import type { MatrixTruth } from "../../../lib/checkpoint/synth/truth.ts";
import { type Decoded, decodeExpert, decodeFloats, readTensors } from "../../helpers/synth-decode.ts";

const root = mkdtempSync(join(tmpdir(), "spectrap-synth-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const SMALL: SynthOptions = { layers: 2, experts: 4, hidden: 96, intermediate: 64, vocab: 200, seed: 7 };

type Tensors = ReturnType<typeof readTensors>;

/** Finds a matrix of GPT-OSS by its id in the stored tensors, by the table of the releases. */
function decodeHf(tensors: Tensors, name: string): Decoded {
  const expert = /^(layers\.\d+)\.experts\.(\d+)\.(gate|up|down)$/.exec(name);
  if (expert !== null) {
    const stem = `model.${expert[1]}.mlp.experts.${expert[3] === "down" ? "down" : "gate_up"}_proj`;
    const [first, step] = expert[3] === "down" ? [0, 1] : [expert[3] === "gate" ? 0 : 1, 2];
    const [blocks, scales] = [tensors.get(`${stem}_blocks`)!, tensors.get(`${stem}_scales`)!];
    return decodeExpert(blocks, scales, Number(expert[2]), first, step);
  }
  if (name === "embed_tokens") return decodeFloats(tensors.get("model.embed_tokens.weight")!);
  if (name === "lm_head") return decodeFloats(tensors.get("lm_head.weight")!);
  const [, layer, part] = /^(layers\.\d+)\.(\w+)$/.exec(name)!;
  return decodeFloats(
    tensors.get(`model.${layer}.${part === "router" ? "mlp" : "self_attn"}.${part}.weight`)!,
  );
}

function decodeOriginal(tensors: Tensors, name: string): Decoded {
  const expert = /^layers\.(\d+)\.experts\.(\d+)\.(gate|up|down)$/.exec(name);
  if (expert !== null) {
    const stem = `block.${expert[1]}.mlp.${expert[3] === "down" ? "mlp2" : "mlp1"}_weight`;
    const [first, step] = expert[3] === "down" ? [0, 1] : [expert[3] === "gate" ? 0 : 1, 2];
    const [blocks, scales] = [tensors.get(`${stem}.blocks`)!, tensors.get(`${stem}.scales`)!];
    return decodeExpert(blocks, scales, Number(expert[2]), first, step);
  }
  if (name === "embed_tokens") return decodeFloats(tensors.get("embedding.weight")!);
  if (name === "lm_head") return decodeFloats(tensors.get("unembedding.weight")!);
  const [, layer, part] = /^layers\.(\d+)\.(\w+)$/.exec(name)!;
  if (part === "o_proj") return decodeFloats(tensors.get(`block.${layer}.attn.out.weight`)!);
  if (part === "router") return decodeFloats(tensors.get(`block.${layer}.mlp.gate.weight`)!);
  const qkv = tensors.get(`block.${layer}.attn.qkv.weight`)!;
  // 64 query heads and 8 of keys and values share the rows.
  const key = qkv.shape[0]! / 10;
  const [first, rows] = { q_proj: [0, 8 * key], k_proj: [8 * key, key], v_proj: [9 * key, key] }[part!]!;
  return decodeFloats(qkv, first, rows);
}

function expectTruth(truth: MatrixTruth, { rows, cols, values }: Decoded): void {
  expect({ rows: truth.rows, cols: truth.cols }).toEqual({ rows, cols });
  expect(truth.crc32).toBe(crc32(Buffer.from(values.buffer)).toString(16).padStart(8, "0"));
  const sum = values.reduce((total, value) => total + value, 0);
  const sumSq = values.reduce((total, value) => total + value * value, 0);
  expect(Math.abs(truth.sum - sum)).toBeLessThan(1e-12 * rows * cols);
  expect(Math.abs(truth.sumSq / sumSq - 1)).toBeLessThan(1e-12);
  expect(truth.zeros).toBe(values.filter((value) => value === 0).length);
  for (const { row, col, value } of truth.outliers) expect(values[row * cols + col]).toBe(value);

  const planted = new Set(truth.outliers.map(({ row, col }) => row * cols + col));
  const bulk = values.filter((_, i) => !planted.has(i));
  const mean = bulk.reduce((total, value) => total + value, 0) / bulk.length;
  const deviation = Math.sqrt(bulk.reduce((total, value) => total + (value - mean) ** 2, 0) / bulk.length);
  expect(truth.bulkDeviation).toBeCloseTo(deviation, 10);
  expect(truth.tau).toBeCloseTo(deviation * (rows * cols) ** 0.25, 10);
  const loud = values.filter((value) => Math.abs(value) > 2 * truth.tau).length;
  expect({ loud, expected: truth.expectedTraps, spikes: truth.spikes.length }).toEqual({
    loud: truth.outliers.length,
    expected: truth.outliers.length,
    spikes: truth.outliers.length,
  });
  for (const spike of truth.spikes) expect(spike).toBeGreaterThan(truth.edge);
}

describe("GPT-OSS", () => {
  const directory = join(root, "hf");
  let truth: Truth;
  let tensors: Tensors;
  beforeAll(async () => {
    truth = await synthesize(directory, { ...SMALL, shards: 3 });
    tensors = readTensors(
      directory,
      truth.files.map(({ name }) => name),
    );
  });

  test("truth.json says what the written files decode to", () => {
    expect(JSON.parse(readFileSync(join(directory, "truth.json"), "utf8"))).toEqual(truth);
    expect(truth.matrices).toHaveLength(2 * (5 + 4 * 3) + 2);
    for (const matrix of truth.matrices) {
      expectTruth(matrix, decodeHf(tensors, matrix.name));
      expect(tensors.has(matrix.tensor)).toBe(true);
    }
  });

  test("the numbers of a seed never change", () => {
    const crcs = Object.fromEntries(truth.matrices.map(({ name, crc32: crc }) => [name, crc]));
    expect(crcs).toMatchObject({
      "layers.0.q_proj": "7b02d9f3",
      "layers.0.experts.3.gate": "6a59833c",
      "layers.1.experts.1.down": "32cf58ad",
      lm_head: "226c4139",
    });
  });

  test("traps lie in gate of even layers, in up of odd ones, and in down", () => {
    const trapped = truth.matrices.filter(({ outliers }) => outliers.length > 0).map(({ name }) => name);
    expect(trapped).toEqual([
      "layers.0.o_proj",
      ...[2, 3].flatMap((expert) => [`layers.0.experts.${expert}.gate`, `layers.0.experts.${expert}.down`]),
      ...[1, 2].flatMap((expert) => [`layers.1.experts.${expert}.up`, `layers.1.experts.${expert}.down`]),
    ]);
  });

  test("shards count from zero and the index finds every tensor", () => {
    const files = ["model-00000-of-00002", "model-00001-of-00002", "model-00002-of-00002"].map(
      (stem) => `${stem}.safetensors`,
    );
    expect(truth.files.map(({ name }) => name)).toEqual(files);
    const index = JSON.parse(readFileSync(join(directory, "model.safetensors.index.json"), "utf8"));
    expect(index.weight_map).toEqual(
      Object.fromEntries([...tensors].map(([name, { file }]) => [name, file])),
    );
    expect(index.metadata.total_size).toBe(
      [...tensors.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
    expect(readdirSync(directory).sort()).toEqual(
      [...files, "config.json", "model.safetensors.index.json", "truth.json"].sort(),
    );
  });

  test("norms are around one and no tensor was left out", () => {
    expect(tensors.size).toBe(2 * 19 + 3);
    for (const [name, { bytes }] of tensors)
      expect(
        bytes.some((byte) => byte !== 0),
        name,
      ).toBe(true);
    const norm = tensors.get("model.norm.weight")!;
    const { values } = decodeFloats({ ...norm, shape: [1, norm.shape[0]!] });
    expect(values.every((value) => value > 0.7 && value < 1.3)).toBe(true);
  });

  test("the original layout and one file hold the same matrices and biases", async () => {
    const other = join(root, "original");
    const original = await synthesize(other, { ...SMALL, layout: "original" });
    const stored = readTensors(other, ["model.safetensors"]);
    expect(stored.size).toBe(2 * 15 + 3);
    expect(readdirSync(other).sort()).toEqual([
      "config.json",
      "dtypes.json",
      "model.safetensors",
      "truth.json",
    ]);
    const facts = ({ matrices }: Truth) => matrices.map(({ tensor, ...rest }) => rest);
    expect(facts(original)).toEqual(facts(truth));
    for (const matrix of original.matrices) expectTruth(matrix, decodeOriginal(stored, matrix.name));
    const biases = ["q", "k", "v"].map(
      (part) => tensors.get(`model.layers.1.self_attn.${part}_proj.bias`)!.bytes,
    );
    expect(stored.get("block.1.attn.qkv.bias")!.bytes).toEqual(Buffer.concat(biases));
  });

  test("the original layout has a double dash and counts from one", async () => {
    const { files } = await synthesize(join(root, "double"), {
      ...SMALL,
      layers: 1,
      layout: "original",
      shards: 2,
    });
    expect(files.map(({ name }) => name)).toEqual([
      "model--00001-of-00002.safetensors",
      "model--00002-of-00002.safetensors",
    ]);
  });

  test("without traps the rest stays as it was", async () => {
    const plain = await synthesize(join(root, "plain"), { ...SMALL, traps: "none", tail: [4] });
    expect(
      plain.matrices.every(({ outliers, kind }) => outliers.length === 0 && !kind.endsWith("trap")),
    ).toBe(true);
    expect(plain.matrices.every(({ alpha, kind }) => alpha === (kind === "heavy" ? 4 : null))).toBe(true);
    const noise = truth.matrices
      .filter(({ kind }) => kind === "noise")
      .map(({ name, crc32: crc }) => [name, crc]);
    const crcs = new Map(plain.matrices.map(({ name, crc32: crc }) => [name, crc]));
    for (const [name, crc] of noise) expect(crcs.get(name!)).toBe(crc);
  });
});

describe("dense", () => {
  test.each(["BF16", "F32"] as const)("%s matrices carry the names of their tensors", async (dtype) => {
    const directory = join(root, dtype);
    const sizes = { layers: 2, hidden: 90, intermediate: 150, vocab: 101, heads: 6, kvHeads: 2, headDim: 15 };
    const truth = await synthesize(directory, { shape: "dense", dtype, ...sizes, shards: 2 });
    expect(truth.files.map(({ name }) => name)).toEqual([
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
    ]);
    const tensors = readTensors(
      directory,
      truth.files.map(({ name }) => name),
    );
    expect(truth.matrices).toHaveLength(2 * 7 + 2);
    expect(tensors.size).toBe(2 * 9 + 3);
    for (const matrix of truth.matrices) {
      expect(tensors.get(matrix.name)!.dtype).toBe(dtype);
      expectTruth(matrix, decodeFloats(tensors.get(matrix.name)!));
    }
  });
});

describe("refusals", () => {
  test.each([
    [{ hidden: 100 }, "hidden 100 is not a multiple of 32"],
    [{ intermediate: 33 }, "intermediate 33 is not a multiple of 32"],
    [{ layers: 0 }, "layers 0"],
    [{ experts: 1.5 }, "experts 1.5"],
    [{ heads: 6, kvHeads: 4 }, "do not share 4 kv-heads"],
    [{ shards: 0 }, "shards 0"],
    [{ seed: -1 }, "seed -1"],
    [{ seed: 2 ** 53 }, "seed 9007199254740992"],
    [{ tail: [] }, "empty"],
    [{ tail: [3, 1.5] }, "tail exponent 1.5"],
    [{ dtype: "F32" }, "only the dense shape"],
    [{ shape: "dense", layout: "original" }, "one layout"],
    [{ shape: "dense", experts: 2 }, "no experts"],
    [{ shape: "vit" }, 'no shape is called "vit"'],
  ] as [SynthOptions, string][])("%o", async (options, reason) => {
    const directory = join(root, "refused");
    const error = await synthesize(directory, options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "SY_OPTIONS", message: expect.stringContaining(reason) });
    expect(existsSync(directory)).toBe(false);
  });

  test("a directory with content is left alone, unless forced", async () => {
    const directory = join(root, "taken");
    mkdirSync(directory);
    writeFileSync(join(directory, "notes.txt"), "mine");
    writeFileSync(join(directory, "model-00001-of-00009.safetensors"), "old");
    const options = { ...SMALL, layers: 1 };
    await expect(synthesize(directory, options)).rejects.toMatchObject({
      code: "SY_NOT_EMPTY",
      file: directory,
    });
    expect(readdirSync(directory)).toHaveLength(2);
    await synthesize(directory, { ...options, force: true });
    expect(readdirSync(directory).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "notes.txt",
      "truth.json",
    ]);
  });

  test("what the file system refuses has a code", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    await expect(synthesize(file, SMALL)).rejects.toMatchObject({ code: "SY_WRITE", file });
  });
});

describe("abort", () => {
  test("leaves nothing behind, at whatever point it comes", async () => {
    const directory = join(root, "aborted");
    for (const share of [0, 0.3, 0.99, 1]) {
      const stop = new AbortController();
      const seen: string[][] = [];
      const writing = synthesize(directory, SMALL, {
        signal: stop.signal,
        onProgress: ({ bytesWritten, bytesTotal }) => {
          if (bytesWritten < share * bytesTotal) return;
          seen.push(readdirSync(directory));
          stop.abort();
        },
      });
      await expect(writing).rejects.toMatchObject({ name: "AbortError" });
      expect(seen[0]).toEqual(["model.safetensors.partial"]);
      expect(existsSync(directory)).toBe(false);
    }
  });

  test("before the first byte nothing is created", async () => {
    const directory = join(root, "never");
    await expect(synthesize(directory, SMALL, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(existsSync(directory)).toBe(false);
  });

  test("a forced run that stops keeps the old checkpoint", async () => {
    const directory = join(root, "kept");
    const before = await synthesize(directory, { ...SMALL, layers: 1 });
    const files = readdirSync(directory);
    const stop = new AbortController();
    const options = { ...SMALL, layers: 1, seed: 8, force: true };
    await expect(
      synthesize(directory, options, { signal: stop.signal, onProgress: () => stop.abort() }),
    ).rejects.toThrow();
    expect(readdirSync(directory)).toEqual(files);
    const tensors = readTensors(directory, ["model.safetensors"]);
    expectTruth(before.matrices[0]!, decodeHf(tensors, before.matrices[0]!.name));
  });

  test("progress rises to the whole", async () => {
    const shares: number[] = [];
    await synthesize(
      join(root, "progress"),
      { ...SMALL, layers: 1 },
      {
        onProgress: ({ bytesWritten, bytesTotal }) => shares.push(bytesWritten / bytesTotal),
      },
    );
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
});
