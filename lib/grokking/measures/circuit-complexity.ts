import { type PhiloxKey, permutation, shuffleKey, wordStream } from "../../spectrum/index.ts";
import type { Examples } from "../examples.ts";
import type { Forward, Parameters } from "../parameters.ts";
import { logSumExp } from "../softmax.ts";
import { NOTEBOOK_BATCH, type Variant } from "./variant.ts";
import { weights } from "./weights.ts";

export interface ComplexityOptions {
  variant?: Variant;
  /** Keys the mask, together with the name of the matrix: at every step of a run the same weights are zeroed. */
  seed: number;
  /** Part of the weights that is zeroed; 0.1 of `paper`, ½ of `notebook`. */
  zeroed?: number;
}

/** Part of the weights that is zeroed. */
const ZEROED: Readonly<Record<Variant, number>> = { paper: 0.1, notebook: 0.5 };
/** What the notebook adds to the probabilities. */
const SHIFT = 1e-8;

/**
 * Approximate local circuit complexity (S. Golechha 2024, arXiv 2405.12755): the divergence KL(softmax L ‖ softmax L′), in nats, of the
 * logits from those of the network with a random part of its weights zeroed.
 *
 * `paper`: exactly the nearest whole number to a tenth of the weights of every matrix, summed over all examples. `notebook`: each weight
 * with probability ½, the others doubled, as dropout does; biases stay; 1e-8 is added to the probabilities; the mean over the first
 * 200 examples.
 */
export async function circuitComplexity(
  parameters: Parameters,
  forward: Forward,
  examples: Examples,
  { variant = "paper", seed, zeroed = ZEROED[variant] }: ComplexityOptions,
): Promise<number> {
  const { width } = examples;
  const count = variant === "paper" ? examples.count : Math.min(NOTEBOOK_BATCH, examples.count);
  const inputs = examples.inputs.subarray(0, count * width);
  const logits = await forward(parameters, inputs, count);
  const others = await forward(masked(parameters, seed, zeroed, variant), inputs, count);
  const outputs = logits.length / count;
  const shift = variant === "paper" ? 0 : SHIFT;
  let sum = 0;
  for (let from = 0; from < logits.length; from += outputs) {
    sum += divergence(logits.subarray(from, from + outputs), others.subarray(from, from + outputs), shift);
  }
  return variant === "paper" ? sum : sum / count;
}

/** Σ p (ln p − ln p′) of two softmaxes; without a shift in logarithms, so that tiny probabilities count. */
function divergence(logits: Float64Array, others: Float64Array, shift: number): number {
  const [log, otherLog] = [logSumExp(logits), logSumExp(others)];
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    const [a, b] = [logits[k]! - log, others[k]! - otherLog];
    const p = Math.exp(a);
    sum += shift === 0 ? p * (a - b) : (p + shift) * Math.log((p + shift) / (Math.exp(b) + shift));
  }
  return sum;
}

function masked(parameters: Parameters, seed: number, zeroed: number, variant: Variant): Parameters {
  const copies: Record<string, Parameters[string]> = { ...parameters };
  for (const { name, rows, cols, source } of weights(parameters)) {
    const key = shuffleKey(seed, `grokking\0mask\0${name}`);
    const zero = variant === "paper" ? zeroTenth : dropOut;
    copies[name] = { shape: [rows, cols], values: zero(source.values, key, zeroed) };
  }
  return copies;
}

function zeroTenth(values: Float64Array, key: PhiloxKey, zeroed: number): Float64Array {
  const kept = values.slice();
  for (const i of permutation(key, values.length).subarray(0, Math.round(zeroed * values.length)))
    kept[i] = 0;
  return kept;
}

function dropOut(values: Float64Array, key: PhiloxKey, zeroed: number): Float64Array {
  const words = wordStream(key);
  return values.map((value) => (words() < zeroed * 2 ** 32 ? 0 : value / (1 - zeroed)));
}
