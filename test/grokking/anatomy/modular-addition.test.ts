import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { leadingFrequencies, tokenSpectrum } from "../../../lib/grokking/anatomy/fourier.ts";
import { keyGramMaxima } from "../../../lib/grokking/anatomy/key-gram.ts";
import { probeDivergence, tokenProbes } from "../../../lib/grokking/anatomy/probes.ts";
import { ruleKernel } from "../../../lib/grokking/anatomy/rule-kernel.ts";
import { networkMatrix, withValues } from "../../../lib/grokking/matrix.ts";
import type { Parameter, Parameters } from "../../../lib/grokking/parameters.ts";
import { predictedClasses } from "../../../lib/grokking/predictions.ts";
import { fixtureTensors } from "../helpers/fixture-tensors.ts";
import { transformerForward } from "../helpers/forward-transformer.ts";

const [p, heads] = [113, 4];
const forward = transformerForward(heads);

/** Our names of the tensors of the two published runs; those stored in × out are turned. */
const NAMES: Record<string, { name: string; turned: boolean }> = JSON.parse(
  readFileSync(new URL("../../fixtures/grokking/published-names.json", import.meta.url), "utf8"),
);

function published(name: string): Parameters {
  return Object.fromEntries(
    Object.entries(fixtureTensors(name)).map(([tensor, parameter]) => {
      const { name: ours, turned } = NAMES[tensor]!;
      return [ours, turned ? transposed(parameter) : parameter];
    }),
  );
}

function transposed({ shape, values }: Parameter): Parameter {
  const [rows, cols] = [shape[0]!, shape[1]!];
  return {
    shape: [cols, rows],
    values: values.map((_, i) => values[(i % rows) * cols + Math.floor(i / rows)]!),
  };
}

/** Every 29th pair. */
const count = Math.floor((p * p) / 29);
const inputs = Float64Array.from({ length: 3 * count }, (_, i) => {
  const pair = 29 * Math.floor(i / 3);
  return [Math.floor(pair / p), pair % p, p][i % 3]!;
});

describe.each([
  { name: "modadd_wd", frequencies: [6, 23, 37, 39, 41], energy: 0.8 },
  { name: "modadd_no_wd", frequencies: [36, 52], energy: 0.35 },
])("the published run $name", ({ name, frequencies, energy }) => {
  const parameters = published(name);
  const answers = forward(parameters, inputs, count);
  const n = frequencies.length;

  test("adds without an error", async () => {
    predictedClasses(await answers, p + 1).forEach((c, i) => {
      expect(c).toBe((inputs[3 * i]! + inputs[3 * i + 1]!) % p);
    });
  });

  test.each(["embed.weight", "unembed.weight"])("has its frequencies in %s", (layer) => {
    const spectrum = tokenSpectrum(parameters[layer]!.values, p, 128);
    expect(leadingFrequencies(spectrum, n).sort((a, b) => a - b)).toEqual(frequencies);
    expect(frequencies.reduce((sum, k) => sum + spectrum.energy[k - 1]!, 0)).toBeGreaterThan(energy);
    expect(spectrum.dcShare).toBeLessThan(0.01);
  });

  test("answers by the rule, at the same frequencies", async () => {
    const logits = await answers;
    const rule = ruleKernel({ inputs, count, width: 3 }, logits, p);
    const found = leadingFrequencies({ energy: rule.power }, n);
    expect(found.sort((a, b) => a - b)).toEqual(frequencies);
    expect(rule.share).toBeGreaterThan(0.9);
    expect(rule.nonDcMass).toBeGreaterThan(0.99);
    expect(rule.kernel.indexOf(Math.max(...rule.kernel))).toBe(0);
    // The same answers given to other pairs follow no rule.
    const turned = Float64Array.from(inputs, (token, i) => (i % 3 === 1 ? (7 * token + 3) % p : token));
    expect(ruleKernel({ inputs: turned, count, width: 3 }, logits, p).share).toBeLessThan(0.01);
  });
});

test("the largest keys are those of the run without weight decay", async () => {
  const maxima = async (name: string): Promise<number[]> => {
    const [embed, keys] = ["embed.weight", "attention.k.weight"].map((layer) =>
      networkMatrix(published(name), layer),
    );
    return await keyGramMaxima(embed!, keys!, p, heads);
  };
  const [decayed, free] = [await maxima("modadd_wd"), await maxima("modadd_no_wd")];
  expect([decayed.length, free.length]).toEqual([heads, heads]);
  expect(Math.max(...decayed)).toBeLessThan(0.35);
  expect(Math.max(...free)).toBeGreaterThan(0.6);
});

test("probes of random pairs: the two runs answer alike, and neither does so without its attention", async () => {
  const [decayed, free] = [published("modadd_wd"), published("modadd_no_wd")];
  const probes = tokenProbes(50, p, 1);
  expect((await probeDivergence(forward, free, free, probes)).mean).toBe(0);
  expect((await probeDivergence(forward, free, decayed, probes)).mean).toBeLessThan(1e-6);
  for (const network of [decayed, free]) {
    const deaf = withValues(network, "attention.o.weight", new Float64Array(128 * 128));
    const { mean } = await probeDivergence(forward, network, deaf, probes);
    expect(mean).toBeGreaterThan(0.5);
    expect(mean).toBeLessThanOrEqual(Math.LN2);
  }
});
