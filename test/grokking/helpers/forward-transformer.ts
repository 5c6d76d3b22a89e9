import type { Forward, Parameters } from "../../../lib/grokking/parameters.ts";

/** The one-block modular-addition transformer with this many heads, in plain loops; only the last position is read. */
export function transformerForward(heads: number): Forward {
  return async (parameters, inputs, count) => {
    const [embed, position] = [parameters["embed.weight"]!, parameters["position.weight"]!];
    const d = embed.shape[1]!;
    const stream = new Float64Array(3 * count * d);
    for (let at = 0; at < 3 * count; at++) {
      for (let i = 0; i < d; i++) {
        stream[at * d + i] = embed.values[inputs[at]! * d + i]! + position.values[(at % 3) * d + i]!;
      }
    }
    const last = Float64Array.from(
      { length: count * d },
      (_, i) => stream[(3 * Math.floor(i / d) + 2) * d + (i % d)]!,
    );
    const q = linear(parameters, "attention.q", last, count);
    const k = linear(parameters, "attention.k", stream, 3 * count);
    const v = linear(parameters, "attention.v", stream, 3 * count);
    const mixed = new Float64Array(count * d);
    const size = d / heads;
    for (let example = 0; example < count; example++) {
      for (let begin = 0; begin < d; begin += size) {
        const scores = [0, 1, 2].map((at) => {
          let score = 0;
          for (let i = begin; i < begin + size; i++) {
            score += q[example * d + i]! * k[(3 * example + at) * d + i]!;
          }
          return Math.exp(score / Math.sqrt(size));
        });
        const total = scores[0]! + scores[1]! + scores[2]!;
        for (let i = begin; i < begin + size; i++) {
          for (let at = 0; at < 3; at++) {
            mixed[example * d + i]! += (scores[at]! / total) * v[(3 * example + at) * d + i]!;
          }
        }
      }
    }
    const attended = add(last, linear(parameters, "attention.o", mixed, count));
    const hidden = relu(linear(parameters, "mlp.fc1", attended, count));
    return linear(parameters, "unembed", add(attended, linear(parameters, "mlp.fc2", hidden, count)), count);
  };
}

/** x·Wᵀ, plus the bias if there is one. Inputs that are 0, as most are behind a ReLU, are left out. */
function linear(parameters: Parameters, name: string, inputs: Float64Array, count: number): Float64Array {
  const { shape, values } = parameters[`${name}.weight`]!;
  const bias = parameters[`${name}.bias`]?.values;
  const [outs, ins] = [shape[0]!, shape[1]!];
  const outputs = new Float64Array(count * outs);
  const active = new Uint32Array(ins);
  for (let i = 0; i < count; i++) {
    let n = 0;
    for (let j = 0; j < ins; j++) if (inputs[i * ins + j] !== 0) active[n++] = j;
    for (let o = 0; o < outs; o++) {
      let sum = bias?.[o] ?? 0;
      for (let k = 0; k < n; k++) sum += inputs[i * ins + active[k]!]! * values[o * ins + active[k]!]!;
      outputs[i * outs + o] = sum;
    }
  }
  return outputs;
}

function relu(values: Float64Array): Float64Array {
  return values.map((value) => Math.max(0, value));
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]!);
}
