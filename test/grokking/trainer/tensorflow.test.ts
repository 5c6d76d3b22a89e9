import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, expect, test } from "vitest";
import type { Examples } from "../../../lib/grokking/examples.ts";
import type { Parameters } from "../../../lib/grokking/parameters.ts";
import { MlpTrainer } from "../../../lib/grokking/trainer/mlp.ts";
import { ModularAdditionTrainer } from "../../../lib/grokking/trainer/modular-addition.ts";
import type { Trainer } from "../../../lib/grokking/trainer/trainer.ts";
import { points, sums } from "./examples.ts";

// Losses and gradients beside those of TensorFlow.js, whose automatic derivatives share nothing with ours. It has float32
// alone; ours are float64, so the differences are its rounding.
type Tensor = tf.Tensor;
type Variables = Record<string, tf.Variable>;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** x·Wᵀ, and + b where the layer has one. */
function dense(variables: Variables, name: string, x: Tensor): Tensor {
  const product = tf.matMul(x as tf.Tensor2D, variables[`${name}.weight`] as Tensor, false, true);
  const bias = variables[`${name}.bias`];
  return bias === undefined ? product : tf.add(product, bias);
}

function mlpLogits(variables: Variables, { inputs, count, width }: Examples): Tensor {
  let x: Tensor = tf.tensor2d(Float32Array.from(inputs), [count, width]);
  for (const name of ["fc1", "fc2"]) x = tf.relu(dense(variables, name, x));
  return dense(variables, "fc3", x);
}

/** All three positions of every example, the scores of all of them, and no trick. */
function modularLogits(variables: Variables, { inputs, count }: Examples, heads: number): Tensor {
  const [tokens, width] = variables["embed.weight"]!.shape as [number, number];
  const oneHot = tf.oneHot(tf.tensor1d(Int32Array.from(inputs), "int32"), tokens);
  const embedded = tf.matMul(tf.cast(oneHot, "float32"), variables["embed.weight"]!);
  const stream = tf.add(tf.reshape(embedded, [count, 3, width]), variables["position.weight"]!);
  const flat = tf.reshape(stream, [count * 3, width]);
  // [example, head, position, entry]
  const perHead = (name: string) =>
    tf.transpose(
      tf.reshape(dense(variables, `attention.${name}`, flat), [count, 3, heads, width / heads]),
      [0, 2, 1, 3],
    );
  const scores = tf.mul(tf.matMul(perHead("q"), perHead("k"), false, true), 1 / Math.sqrt(width / heads));
  const mixed = tf.matMul(tf.softmax(scores), perHead("v"));
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [count * 3, width]);
  const residual = tf.add(flat, dense(variables, "attention.o", joined));
  const hidden = tf.relu(dense(variables, "mlp.fc1", residual));
  const out = dense(variables, "unembed", tf.add(residual, dense(variables, "mlp.fc2", hidden)));
  return tf.reshape(tf.slice(tf.reshape(out, [count, 3, tokens]), [0, 2, 0], [count, 1, tokens]), [
    count,
    tokens,
  ]);
}

function meanSquaredError(logits: Tensor, target: Tensor): Tensor {
  return tf.mean(tf.square(tf.sub(logits, target)));
}

function crossEntropy(logits: Tensor, target: Tensor): Tensor {
  return tf.mean(tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), target), 1)));
}

async function compare(
  trainer: Trainer,
  examples: Examples,
  logits: (variables: Variables) => Tensor,
  lossOf: (logits: Tensor, target: Tensor) => Tensor,
): Promise<void> {
  const batch = Uint32Array.from({ length: examples.count }, (_, i) => i);
  const ours = await trainer.gradients(batch);
  const variables = asVariables(await trainer.parameters());
  const labels = tf.tensor1d(Int32Array.from(examples.labels), "int32");
  const target = tf.cast(tf.oneHot(labels, trainer.classes), "float32");
  const { value, grads } = tf.variableGrads(() => lossOf(logits(variables), target) as tf.Scalar);
  const epsilon = 2 ** -23;
  expect(Math.abs(value.dataSync()[0]! / ours.loss - 1)).toBeLessThan(16 * epsilon);
  expect(Object.keys(ours.gradients)).toHaveLength(Object.keys(variables).length);
  for (const [name, { values }] of Object.entries(ours.gradients)) {
    const theirs = grads[variables[name]!.name]!.dataSync();
    const largest = Math.max(...values.map(Math.abs));
    const difference = Math.max(...values.map((g, i) => Math.abs(g - theirs[i]!)));
    // Rounding of sums over the batch, relative to the largest entry.
    expect(largest).toBeGreaterThan(0);
    expect(difference / largest, name).toBeLessThan(8 * epsilon * Math.sqrt(examples.count));
  }
}

function asVariables(parameters: Parameters): Variables {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, values }]) => [
      name,
      tf.variable(tf.tensor(Float32Array.from(values), [...shape])),
    ]),
  );
}

test("the perceptron has TensorFlow's loss and gradients", async () => {
  const examples = points(30, 12, 5);
  const options = { hidden: [16, 10], batchSize: 30, learningRate: 1e-3, weightDecay: 0 };
  const trainer = new MlpTrainer(examples, options);
  await compare(trainer, examples, (variables) => mlpLogits(variables, examples), meanSquaredError);
});

test("the transformer has TensorFlow's loss and gradients", async () => {
  const examples = sums(7);
  const sizes = { p: 7, width: 16, heads: 4, mlp: 24 };
  const trainer = new ModularAdditionTrainer(examples, {
    ...sizes,
    batchSize: 49,
    learningRate: 1e-3,
    weightDecay: 0,
  });
  await compare(trainer, examples, (variables) => modularLogits(variables, examples, 4), crossEntropy);
});
