import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inspectCheckpoint, openCheckpoint, type Plan, weightMatrices } from "../../lib/index.ts";
import type { LowRankSource } from "../../lib/solver/matrix.ts";
import { adapterFolder, CONFIG, f32, factorNames } from "../helpers/adapter.ts";
import type { TensorSpec } from "../helpers/safetensors-writer.ts";

const Q = "model.layers.3.self_attn.q_proj";
const { A, B } = factorNames(Q);
const zeros = (name: string, ...shape: number[]): TensorSpec => ({ name, dtype: "F32", shape });
const PAIR = [zeros(A, 2, 6), zeros(B, 5, 2)];

async function planOf(tensors: TensorSpec[], config: object | string | null = CONFIG): Promise<Plan> {
  return weightMatrices(await openCheckpoint(adapterFolder(tensors, config)));
}
const refused = (config: object | string | null, tensors = PAIR) =>
  planOf(tensors, config).then(
    () => null,
    (reason) => reason,
  );

describe("an adapter", () => {
  test("is the change scale·BA under the name of the weight it is added to", async () => {
    const { matrices, skipped, broken } = await planOf(PAIR);
    expect([skipped, broken]).toEqual([[], []]);
    expect(matrices).toHaveLength(1);
    const [matrix] = matrices;
    expect(matrix).toMatchObject({
      name: `${Q}.weight`,
      tensor: A,
      role: "q",
      layer: 3,
      rows: 5,
      cols: 6,
      taps: 1,
    });
    expect(matrix!.source).toMatchObject({ rank: 2, scale: 3 / 2, base: null });
  });

  test.each([
    ["alpha/r", {}, 1.5],
    ["alpha/√r", { use_rslora: true }, 3 / Math.SQRT2],
    ["a fraction", { lora_alpha: 0.5 }, 0.25],
    [
      "an alpha of its own, by the end of the name",
      { alpha_pattern: { k_proj: 8, "self_attn.q_proj": 4 } },
      2,
    ],
    ["by the whole name", { alpha_pattern: { "^q_proj": 8, [`^${Q}`]: 6 } }, 3],
    ["not by part of a word", { alpha_pattern: { proj: 8 } }, 1.5],
    ["a rank of its own", { r: 7, rank_pattern: { q_proj: 2 } }, 1.5],
  ])("has the scale of its configuration: %s", async (_, config, scale) => {
    const { matrices } = await planOf(PAIR, { ...CONFIG, ...config });
    expect((matrices[0]!.source as LowRankSource).scale).toBeCloseTo(scale, 15);
  });

  test("of a weight stored [in, out], or of an embedding, is transposed", async () => {
    const transposed = { left: { rowStride: 1, colStride: 6 }, right: { rowStride: 1, colStride: 2 } };
    const { matrices } = await planOf(PAIR, { ...CONFIG, fan_in_fan_out: true });
    expect(matrices[0]).toMatchObject({ rows: 6, cols: 5, source: transposed });
    const stem = "base_model.model.model.embed_tokens.lora_embedding_";
    const embedding = await planOf([zeros(`${stem}A`, 2, 6), zeros(`${stem}B`, 5, 2)]);
    expect(embedding.matrices[0]).toMatchObject({
      name: "model.embed_tokens.weight",
      rows: 6,
      cols: 5,
      source: transposed,
    });
  });

  test("is inspected: its factors count, other tensors are left out with a reason", async () => {
    const other = "base_model.model.lm_head.weight";
    const folder = adapterFolder([...PAIR, zeros(other, 4, 4)]);
    const inspection = await inspectCheckpoint(folder);
    expect(inspection.matrices).toMatchObject([{ N: 6, M: 5, encoding: "F32", bytes: 4 * (12 + 10) }]);
    expect(inspection).toMatchObject({ parameters: 38, covered: 22 });
    expect(inspection.skipped).toMatchObject([
      { tensor: other, reason: "not a factor of a low-rank change" },
    ]);
    expect((await inspectCheckpoint(join(folder, "adapter_model.safetensors"))).matrices).toHaveLength(1);
  });
});

describe("a pair of factors that does not fit is an error row that names file and tensor", () => {
  const U8 = { name: B, dtype: "U8", shape: [5, 2] };
  test.each<[string, string, string, TensorSpec[]]>([
    ["B is missing", "AD_FACTOR_MISSING", A, [PAIR[0]!]],
    ["A is missing", "AD_FACTOR_MISSING", B, [PAIR[1]!]],
    ["the ranks differ", "AD_RANK", B, [zeros(A, 2, 6), zeros(B, 5, 3)]],
    ["the rank is not that of the configuration", "AD_RANK", A, [zeros(A, 4, 6), zeros(B, 5, 4)]],
    ["a convolution", "AD_FACTOR", A, [zeros(A, 2, 6, 3, 3), zeros(B, 5, 2, 1, 1)]],
    ["integers", "AD_FACTOR", B, [PAIR[0]!, U8]],
    ["no entries", "AD_FACTOR", A, [zeros(A, 2, 0), zeros(B, 5, 2)]],
  ])("%s", async (_, code, tensor, tensors) => {
    const ok = factorNames("model.layers.0.mlp.up_proj");
    const { matrices, broken } = await planOf([...tensors, zeros(ok.A, 2, 4), zeros(ok.B, 3, 2)]);
    expect(matrices).toMatchObject([{ name: "model.layers.0.mlp.up_proj.weight" }]);
    expect(broken).toMatchObject([{ name: `${Q}.weight`, layer: 3, order: 1, error: { code, tensor } }]);
    expect(broken[0]!.error.file).toMatch(/adapter_model\.safetensors$/);
    expect(broken[0]!.error.message).toContain(tensor);
    expect(broken[0]!.error.hint).toBeTruthy();
  });
});

describe("a configuration that leaves the scale unknown is refused by name", () => {
  test.each<[string, string, object | string | null]>([
    ["missing", "AD_CONFIG", null],
    ["not JSON", "AD_CONFIG", '{"peft_type":"LORA","r":2,"lora_alpha":NaN}'],
    ["not an object", "AD_CONFIG", "[]"],
    ["a key twice", "AD_CONFIG", '{"peft_type":"LORA","r":2,"r":4,"lora_alpha":3}'],
    ["alpha beyond float64", "AD_CONFIG", '{"peft_type":"LORA","r":2,"lora_alpha":1e999}'],
    ["alpha as text", "AD_CONFIG", { ...CONFIG, lora_alpha: "NaN" }],
    ["no alpha", "AD_CONFIG", { peft_type: "LORA", r: 2 }],
    ["rank 0", "AD_CONFIG", { ...CONFIG, r: 0 }],
    ["a negative rank", "AD_CONFIG", { ...CONFIG, r: -2 }],
    ["half a rank", "AD_CONFIG", { ...CONFIG, rank_pattern: { q_proj: 1.5 } }],
    ["a flag as text", "AD_CONFIG", { ...CONFIG, use_rslora: "yes" }],
    ["patterns as a list", "AD_CONFIG", { ...CONFIG, alpha_pattern: [1] }],
    ["another kind", "AD_UNSUPPORTED", { ...CONFIG, peft_type: "IA3" }],
    ["DoRA", "AD_UNSUPPORTED", { ...CONFIG, use_dora: true }],
    ["a regular expression", "AD_UNSUPPORTED", { ...CONFIG, alpha_pattern: { "(a+)+": 4 } }],
  ])("%s", async (_, code, config) => {
    const error = await refused(config);
    expect(error).toMatchObject({ code });
    expect(error.file).toMatch(/adapter_config\.json$/);
  });

  test("a tensor of DoRA", async () => {
    const name = `base_model.model.${Q}.lora_magnitude_vector`;
    expect(await refused(CONFIG, [...PAIR, zeros(name, 5)])).toMatchObject({
      code: "AD_UNSUPPORTED",
      tensor: name,
    });
  });
});

test("values that are whole numbers written as fractions or powers are numbers", async () => {
  const text = '{"peft_type":"LORA","r":2,"lora_alpha":1.6e1}';
  const { matrices } = await planOf([f32(A, [2, 6], new Float32Array(12)), zeros(B, 5, 2)], text);
  expect((matrices[0]!.source as LowRankSource).scale).toBe(8);
});
