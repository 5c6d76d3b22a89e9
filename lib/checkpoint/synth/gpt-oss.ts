import { gptOssDocuments } from "./gpt-oss-config.ts";
import { type GptOssNames, gptOssNames } from "./gpt-oss-names.ts";
import { BLOCK, type SynthPlan } from "./options.ts";
import { type CheckpointPlan, kindInTurn, type PlannedMatrix, plantedMatrix, withoutTraps } from "./plan.ts";

/** Tensors and matrices of a GPT-OSS release, Hugging Face or original; experts are MXFP4, all else BF16. */
export function gptOssPlan(plan: SynthPlan): CheckpointPlan {
  const names = gptOssNames(plan.layout);
  const out: CheckpointPlan = { tensors: [], groups: [], vectors: [], documents: {} };
  for (let layer = 0; layer < plan.layers; layer++) {
    vector(out, names.norm1(layer), `layers.${layer}.norm1`, [plan.hidden], 1, 0.05);
    attention(out, plan, names, layer);
    router(out, plan, names, layer);
    experts(out, plan, names, layer);
    vector(out, names.norm2(layer), `layers.${layer}.norm2`, [plan.hidden], 1, 0.05);
  }
  table(out, plan, "embed_tokens", names.embedding);
  vector(out, names.norm, "norm", [plan.hidden], 1, 0.05);
  table(out, plan, "lm_head", names.head);
  out.documents = gptOssDocuments(plan, out.tensors);
  return out;
}

/** q, k, v lie one after the other in the original layout's single tensor, each in its own one otherwise. */
function attention(out: CheckpointPlan, plan: SynthPlan, names: GptOssNames, layer: number): void {
  const { hidden } = plan;
  const query = plan.heads * plan.headDim;
  const key = plan.kvHeads * plan.headDim;
  const stored = new Map<string, number>();
  for (const [part, rows] of [
    ["q", query],
    ["k", key],
    ["v", key],
  ] as const) {
    const tensor = names[part](layer);
    const firstRow = stored.get(tensor) ?? 0;
    stored.set(tensor, firstRow + rows);
    const name = `layers.${layer}.${part}_proj`;
    const matrix = plantedMatrix(plan, { name, rows, cols: hidden }, part === "q" ? "heavy" : "noise", layer);
    out.groups.push({
      encoding: "BF16",
      tensor: `${tensor}.weight`,
      scales: null,
      firstRow,
      matrices: [matrix],
    });
    out.vectors.push({
      name: `${name}.bias`,
      tensor: `${tensor}.bias`,
      first: firstRow,
      length: rows,
      mean: 0,
      deviation: 0.1,
    });
  }
  for (const [tensor, rows] of stored) {
    out.tensors.push({ name: `${tensor}.weight`, dtype: "BF16", shape: [rows, hidden] });
    out.tensors.push({ name: `${tensor}.bias`, dtype: "BF16", shape: [rows] });
  }
  const name = `layers.${layer}.o_proj`;
  const matrix = plantedMatrix(
    plan,
    { name, rows: hidden, cols: query },
    layer % 2 === 0 ? "trap" : "noise",
    layer,
  );
  const tensor = names.o(layer);
  wholeMatrix(out, `${tensor}.weight`, matrix);
  vector(out, `${tensor}.bias`, `${name}.bias`, [hidden], 0, 0.02);
  vector(out, names.sinks(layer), `layers.${layer}.sinks`, [plan.heads], 0, 1);
}

function router(out: CheckpointPlan, plan: SynthPlan, names: GptOssNames, layer: number): void {
  const name = `layers.${layer}.router`;
  const tensor = names.router(layer);
  const matrix = plantedMatrix(plan, { name, rows: plan.experts, cols: plan.hidden }, "noise", layer);
  wholeMatrix(out, `${tensor}.weight`, matrix);
  vector(out, `${tensor}.bias`, `${name}.bias`, [plan.experts], 0, 0.1);
}

/**
 * Traps lie in gate in even layers and in up in odd ones, never in both, so that a reader that mixes up their
 * interleaved rows finds them in the wrong matrix; down has them in every layer.
 */
function experts(out: CheckpointPlan, plan: SynthPlan, names: GptOssNames, layer: number): void {
  const { experts: count, hidden, intermediate } = plan;
  const gateUp = names.gateUp(layer);
  const down = names.down(layer);
  mxfp4Tensors(out, gateUp, count, 2 * intermediate, hidden);
  mxfp4Tensors(out, down, count, hidden, intermediate);
  vector(out, gateUp.bias, `layers.${layer}.gate_up.bias`, [count, 2 * intermediate], 0, 0.1);
  vector(out, down.bias, `layers.${layer}.down.bias`, [count, hidden], 0, 0.1);
  for (let expert = 0; expert < count; expert++) {
    const turn = layer + expert;
    const kind = kindInTurn(turn);
    const name = `layers.${layer}.experts.${expert}`;
    const half = (part: "gate" | "up", hasTraps: boolean) =>
      plantedMatrix(
        plan,
        { name: `${name}.${part}`, rows: intermediate, cols: hidden },
        hasTraps ? kind : withoutTraps(kind),
        turn,
      );
    out.groups.push({
      encoding: "MXFP4",
      tensor: gateUp.blocks,
      scales: gateUp.scales,
      firstRow: expert * 2 * intermediate,
      matrices: [half("gate", layer % 2 === 0), half("up", layer % 2 === 1)],
    });
    out.groups.push({
      encoding: "MXFP4",
      tensor: down.blocks,
      scales: down.scales,
      firstRow: expert * hidden,
      matrices: [plantedMatrix(plan, { name: `${name}.down`, rows: hidden, cols: intermediate }, kind, turn)],
    });
  }
}

function mxfp4Tensors(
  out: CheckpointPlan,
  names: { blocks: string; scales: string },
  count: number,
  rows: number,
  cols: number,
): void {
  out.tensors.push({ name: names.blocks, dtype: "U8", shape: [count, rows, cols / BLOCK, BLOCK / 2] });
  out.tensors.push({ name: names.scales, dtype: "U8", shape: [count, rows, cols / BLOCK] });
}

function table(out: CheckpointPlan, plan: SynthPlan, name: string, tensor: string): void {
  const place = { name, rows: plan.vocab, cols: plan.hidden, deviation: 0.02 };
  wholeMatrix(out, tensor, plantedMatrix(plan, place, "noise", 0));
}

/** A matrix that has a tensor to itself. */
function wholeMatrix(out: CheckpointPlan, tensor: string, matrix: PlannedMatrix): void {
  out.tensors.push({ name: tensor, dtype: "BF16", shape: [matrix.rows, matrix.cols] });
  out.groups.push({ encoding: "BF16", tensor, scales: null, firstRow: 0, matrices: [matrix] });
}

function vector(
  out: CheckpointPlan,
  tensor: string,
  name: string,
  shape: number[],
  mean: number,
  deviation: number,
): void {
  const length = shape.reduce((product, size) => product * size, 1);
  out.tensors.push({ name: tensor, dtype: "BF16", shape });
  out.vectors.push({ name, tensor, first: 0, length, mean, deviation });
}
