import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { weightMatrices } from "../../lib/checkpoint/matrices.ts";
import { openCheckpoint } from "../../lib/checkpoint/open.ts";
import type { WeightMatrix } from "../../lib/solver/matrix.ts";
import { huggingFaceConfig, huggingFaceTensors, originalTensors, TINY } from "../helpers/gpt-oss-shapes.ts";
import { crcOf, decodeMatrix } from "../helpers/matrix-decode.ts";
import { type TensorSpec, temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");

/** What the independent generator says it wrote. */
const TRUTH = JSON.parse(readFileSync(join(FIXTURES, "gpt-oss-tiny-truth.json"), "utf8")) as {
  name: string;
  rows: number;
  cols: number;
  crc32_f32le: string;
}[];

async function plan(location: string, fused = false) {
  return weightMatrices(await openCheckpoint(location), { fused });
}

function summary(matrices: WeightMatrix[]) {
  return matrices.map(({ name, role, layer, expert, rows, cols, taps }) => ({
    name,
    role,
    layer,
    expert,
    rows,
    cols,
    taps,
  }));
}

describe.each(["hf", "original"])("the generator's %s layout", (layout) => {
  const location = join(FIXTURES, `gpt-oss-tiny-${layout}`);

  test("gives the generator's matrices, bit for bit", async () => {
    const { matrices, broken } = await plan(location);
    expect(broken).toEqual([]);
    const found = matrices.map((matrix) => ({
      name: matrix.name,
      rows: matrix.rows,
      cols: matrix.cols,
      crc32_f32le: crcOf(decodeMatrix(matrix)),
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    const truth = TRUTH.map(({ name, rows, cols, crc32_f32le }) => ({ name, rows, cols, crc32_f32le }));
    expect(found.toSorted(byName)).toEqual(truth.toSorted(byName));
  });

  test("fused rows alternate between gate and up", async () => {
    const { matrices } = await plan(location, true);
    const one = (name: string) => matrices.find((matrix) => matrix.name === name)!;
    const gate = decodeMatrix(one("layers.1.experts.1.gate"));
    const up = decodeMatrix(one("layers.1.experts.1.up"));
    const fused = one("layers.1.experts.1.gate_up");
    const { cols } = fused;
    const expected = Float32Array.from({ length: 2 * gate.length }, (_, i) => {
      const row = Math.floor(i / cols);
      return (row % 2 === 0 ? gate : up)[Math.floor(row / 2) * cols + (i % cols)]!;
    });
    expect(decodeMatrix(fused)).toEqual(expected);
    expect([fused.rows, fused.role]).toEqual([64, "gate_up"]);
  });
});

test("both layouts give the same plan, in the order layers, q k v o router, experts, embedding, head", async () => {
  const folder = temporaryFolder();
  writeSafetensors(join(folder, "hf.safetensors"), huggingFaceTensors(TINY));
  writeSafetensors(join(folder, "original.safetensors"), originalTensors(TINY));
  const hf = await plan(join(folder, "hf.safetensors"), true);
  const original = await plan(join(folder, "original.safetensors"), true);
  expect(summary(original.matrices)).toEqual(summary(hf.matrices));
  const layer = (n: number) => [
    ...["q_proj", "k_proj", "v_proj", "o_proj", "router"].map((part) => `layers.${n}.${part}`),
    ...[0, 1, 2].flatMap((e) =>
      ["gate", "up", "gate_up", "down"].map((part) => `layers.${n}.experts.${e}.${part}`),
    ),
  ];
  expect(hf.matrices.map((matrix) => matrix.name)).toEqual([
    ...layer(0),
    ...layer(1),
    "embed_tokens",
    "lm_head",
  ]);
  expect(new Set(hf.skipped.map(({ reason }) => reason))).toEqual(
    new Set(["vector (a bias, a norm or the like)", "bias vectors of all experts"]),
  );
  expect(hf.skipped.map(({ tensor }) => tensor)).toContain("model.layers.0.mlp.experts.down_proj_bias");
});

test("q, k, v of the fused tensor are its rows, by config.json or by the width of the output", async () => {
  const folder = temporaryFolder();
  writeSafetensors(join(folder, "model.safetensors"), originalTensors(TINY));
  const rows = async () => (await plan(folder)).matrices.slice(0, 3).map(({ role, rows }) => [role, rows]);
  const expected = [
    ["q", 32],
    ["k", 16],
    ["v", 16],
  ];
  expect(await rows()).toEqual(expected);
  writeFileSync(join(folder, "config.json"), JSON.stringify(huggingFaceConfig(TINY)));
  expect(await rows()).toEqual(expected);
});

test("without widths, q, k and v stay one matrix", async () => {
  const folder = temporaryFolder();
  const tensors = originalTensors(TINY).filter(({ name }) => !name.includes("attn.out"));
  writeSafetensors(join(folder, "model.safetensors"), tensors);
  const { matrices } = await plan(folder);
  expect(matrices[0]).toMatchObject({ name: "layers.0.qkv_proj", role: "qkv", rows: 64, cols: 64 });
});

/** The dequantised form of the tiny checkpoint: floats [experts, in, out], gate and up in turns by column. */
async function dequantised(): Promise<TensorSpec[]> {
  const { matrices } = await plan(join(FIXTURES, "gpt-oss-tiny-hf"), true);
  const specs: TensorSpec[] = [];
  for (const layer of [0, 1]) {
    const prefix = `model.layers.${layer}`;
    specs.push({ name: `${prefix}.self_attn.sinks`, dtype: "BF16", shape: [4] });
    for (const [role, name] of [
      ["gate_up", `${prefix}.mlp.experts.gate_up_proj`],
      ["down", `${prefix}.mlp.experts.down_proj`],
    ]) {
      const experts = matrices.filter((matrix) => matrix.layer === layer && matrix.role === role);
      const { rows, cols } = experts[0]!;
      const values = experts.flatMap((matrix) => {
        const w = decodeMatrix(matrix);
        return Array.from({ length: rows * cols }, (_, i) => w[(i % rows) * cols + Math.floor(i / rows)]!);
      });
      const data = new Uint8Array(Float32Array.from(values).buffer);
      specs.push({ name: name!, dtype: "F32", shape: [experts.length, cols, rows], data });
      specs.push({ name: `${name}_bias`, dtype: "BF16", shape: [experts.length, rows] });
    }
  }
  return specs;
}

test("dequantised experts are turned back to the packed ones, with and without config.json", async () => {
  const folder = temporaryFolder();
  writeSafetensors(join(folder, "model.safetensors"), await dequantised());
  const packed = await plan(join(FIXTURES, "gpt-oss-tiny-hf"), true);
  const experts = packed.matrices.filter(({ expert }) => expert !== null);
  const compare = async () => {
    const { matrices } = await plan(folder, true);
    expect(summary(matrices)).toEqual(summary(experts));
    expect(matrices.map((m) => crcOf(decodeMatrix(m)))).toEqual(experts.map((m) => crcOf(decodeMatrix(m))));
  };
  await compare();
  const config = { ...huggingFaceConfig(TINY), num_local_experts: 2, hidden_size: 64, intermediate_size: 32 };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  await compare();
  writeFileSync(join(folder, "config.json"), JSON.stringify({ model_type: "llama4" }));
  const other = await plan(folder);
  expect(other.matrices.map(({ tensor }) => tensor)).not.toContain("model.layers.0.mlp.experts.down_proj");
  expect(other.skipped.map(({ reason }) => reason)).toContain("tensor of rank 3 of unknown meaning");
});

describe("broken companions", () => {
  const GATE_UP = "model.layers.1.mlp.experts.gate_up_proj";
  const without = (name: string) => huggingFaceTensors(TINY).filter((tensor) => tensor.name !== name);
  const changed = (name: string, change: Partial<TensorSpec>) =>
    huggingFaceTensors(TINY).map((tensor) => (tensor.name === name ? { ...tensor, ...change } : tensor));
  const config = (change: object) => JSON.stringify({ ...huggingFaceConfig(TINY), ...change });

  const cases: [string, string, TensorSpec[], string, string?][] = [
    ["mx_no_scales", "MX_SCALES_MISSING", without(`${GATE_UP}_scales`), `${GATE_UP}_blocks`],
    ["mx_no_blocks", "MX_BLOCKS_MISSING", without(`${GATE_UP}_blocks`), `${GATE_UP}_scales`],
    ["mx_shape", "MX_SHAPE", changed(`${GATE_UP}_scales`, { shape: [3, 192, 1] }), `${GATE_UP}_blocks`],
    ["mx_rank", "MX_SHAPE", changed(`${GATE_UP}_blocks`, { shape: [576, 2, 16] }), `${GATE_UP}_blocks`],
    [
      "mx_width",
      "MX_BLOCK_WIDTH",
      changed(`${GATE_UP}_blocks`, { shape: [3, 192, 4, 8] }),
      `${GATE_UP}_blocks`,
    ],
    ["mx_dtype", "MX_DTYPE", changed(`${GATE_UP}_scales`, { dtype: "I8" }), `${GATE_UP}_blocks`],
    [
      "mx_odd",
      "MX_ODD_ROWS",
      changed(`${GATE_UP}_blocks`, { shape: [3, 5, 2, 16] }).map((tensor) =>
        tensor.name === `${GATE_UP}_scales` ? { ...tensor, shape: [3, 5, 2] } : tensor,
      ),
      `${GATE_UP}_blocks`,
    ],
  ];

  test.each(cases)("%s gives %s for that tensor alone", async (_, code, tensors, tensor) => {
    const folder = temporaryFolder();
    writeSafetensors(join(folder, "model.safetensors"), tensors);
    const { matrices, broken, skipped } = await plan(folder);
    expect(broken).toHaveLength(1);
    expect(broken[0]).toMatchObject({ name: "layers.1.experts.gate_up", tensor, role: "gate_up", layer: 1 });
    expect(broken[0]!.error).toMatchObject({ code, file: join(folder, "model.safetensors") });
    expect(broken[0]!.error.hint).toBeTruthy();
    expect(skipped.map((skip) => skip.tensor)).not.toContain(`${GATE_UP}_scales`);
    // Its row stands where its experts would, after the router of layer 1.
    expect(matrices[broken[0]!.order - 1]!.name).toBe("layers.1.router");
    expect(matrices[broken[0]!.order]!.name).toBe("layers.1.experts.0.down");
    expect(matrices).toHaveLength(2 * (5 + 3 * 3) + 2 - 3 * 2);
  });

  test("mx_config: experts, hidden and intermediate sizes must be those of config.json", async () => {
    const folder = temporaryFolder();
    writeSafetensors(join(folder, "model.safetensors"), huggingFaceTensors(TINY));
    for (const change of [{ num_local_experts: 8 }, { hidden_size: 96 }, { intermediate_size: 64 }]) {
      writeFileSync(join(folder, "config.json"), config(change));
      const { matrices, broken } = await plan(folder);
      expect(broken.map(({ name, error }) => [name, error.code])).toEqual(
        [0, 1].flatMap((n) =>
          ["gate_up", "down"].map((p) => [`layers.${n}.experts.${p}`, "MX_CONFIG_MISMATCH"]),
        ),
      );
      expect(matrices).toHaveLength(12);
    }
  });

  test("heads that do not add up to the rows of qkv are a mismatch", async () => {
    const folder = temporaryFolder();
    writeSafetensors(join(folder, "model.safetensors"), originalTensors(TINY));
    writeFileSync(join(folder, "config.json"), config({ num_key_value_heads: 1 }));
    const { broken } = await plan(folder);
    expect(broken.map(({ name, error }) => [name, error.code])).toEqual([
      ["layers.0.qkv_proj", "MX_CONFIG_MISMATCH"],
      ["layers.1.qkv_proj", "MX_CONFIG_MISMATCH"],
    ]);
  });

  test("a config.json that cannot be read is a warning, and nothing is compared with it", async () => {
    const folder = temporaryFolder();
    writeSafetensors(join(folder, "model.safetensors"), huggingFaceTensors(TINY));
    for (const text of [
      '{"num_local_experts": 8',
      '{"a":1,"a":2}',
      "[]",
      `${"[".repeat(99)}${"]".repeat(99)}`,
    ]) {
      writeFileSync(join(folder, "config.json"), text);
      const checkpoint = await openCheckpoint(folder);
      expect(checkpoint.warnings.map(({ code }) => code)).toEqual(["CK_CONFIG_INVALID"]);
      expect(weightMatrices(checkpoint).broken).toEqual([]);
    }
    writeFileSync(
      join(folder, "config.json"),
      '{"num_local_experts": -3, "hidden_size": "x", "head_dim": 1e1}',
    );
    expect((await openCheckpoint(folder)).config).toEqual({});
  });
});

test("names made to clash with ours stay unique", async () => {
  const folder = temporaryFolder();
  const clash: TensorSpec = { name: "layers.0.experts.0.down", dtype: "F32", shape: [2, 2] };
  writeSafetensors(join(folder, "model.safetensors"), [...huggingFaceTensors(TINY), clash]);
  const names = (await plan(folder)).matrices.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain("layers.0.experts.0.down#2");
});

test("attention in F8 under scales is skipped here too", async () => {
  const folder = temporaryFolder();
  const name = "model.layers.0.self_attn.q_proj.weight";
  const tensors = huggingFaceTensors(TINY).map((t) => (t.name === name ? { ...t, dtype: "F8_E4M3" } : t));
  writeSafetensors(join(folder, "model.safetensors"), [
    ...tensors,
    { name: `${name}_scale`, dtype: "F32", shape: [] },
  ]);
  const { matrices, skipped } = await plan(folder);
  expect(matrices[0]!.name).toBe("layers.0.k_proj");
  expect(skipped.map(({ tensor }) => tensor)).toContain(name);
});

test("any damage to index or config.json is told by a code or leaves a plan", async () => {
  const source = join(FIXTURES, "gpt-oss-tiny-hf");
  const folder = temporaryFolder();
  cpSync(source, folder, { recursive: true });
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  for (const file of ["model.safetensors.index.json", "config.json"]) {
    const original = readFileSync(join(source, file));
    const property = fc.asyncProperty(damage, async (changes) => {
      const bytes = Buffer.from(original);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      writeFileSync(join(folder, file), bytes);
      try {
        weightMatrices(await openCheckpoint(folder, { allowMissingShards: true }));
      } catch (error) {
        expect(error).toMatchObject({ name: "SpectrapError", code: expect.stringMatching(/^(IX|ST|CK)_/) });
      }
    });
    await fc.assert(property, { seed: 5, numRuns: 150 });
    writeFileSync(join(folder, file), original);
  }
});
