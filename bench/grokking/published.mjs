// The two published transformers of addition modulo 113 (test/fixtures/grokking/README.md), measured anew.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { leadingFrequencies, tokenSpectrum } from "../../dist/grokking/anatomy/fourier.js";
import { keyGramMaxima } from "../../dist/grokking/anatomy/key-gram.js";
import { ruleKernel } from "../../dist/grokking/anatomy/rule-kernel.js";
import { layerName } from "../../dist/grokking/experiment/layer-names.js";
import { readTensors } from "../../dist/grokking/experiment/tensor-file.js";
import { networkMatrix } from "../../dist/grokking/matrix.js";
import { measure } from "../../dist/grokking/measures/measure.js";
import { modularAdditionTable } from "../../dist/grokking/tasks/modular-addition.js";
import { ModularAdditionTrainer } from "../../dist/grokking/trainer/modular-addition.js";
import { markdownTable, root, short } from "../common.mjs";

const fixtures = join(root, "test", "fixtures", "grokking");
const P = 113;
const HEADS = 4;
/** Frequencies whose energy is added up. */
const LEADING = 6;
const RUNS = [
  { file: "modadd_wd", label: "weight decay, 107,791 epochs" },
  { file: "modadd_no_wd", label: "no weight decay, 5,000 epochs" },
];

/** Markdown tables of both networks: what they answer and by which frequencies, and the spectra of their matrices. */
export async function published() {
  const runs = [];
  for (const { file, label } of RUNS) runs.push({ label, ...(await examined(file)) });
  return [networkTable(runs), layerTable(runs)].map(markdownTable).join("\n\n");
}

async function examined(file) {
  const parameters = await publishedParameters(file);
  const table = modularAdditionTable(P);
  const trainer = new ModularAdditionTrainer(table, {
    ...{ p: P, width: 128, heads: HEADS, mlp: 512 },
    ...{ batchSize: table.count, learningRate: 1e-3, weightDecay: 0 },
  });
  try {
    // Which pairs were trained on is not published: all of them are the test.
    const measures = await measure({ parameters, forward: trainer.forward }, { train: table, test: table });
    const logits = await trainer.forward(parameters, table.inputs, table.count);
    const [embed, keys] = ["embed.weight", "attention.k.weight"].map((name) =>
      networkMatrix(parameters, name),
    );
    return {
      measures,
      embed: energy(parameters["embed.weight"]),
      unembed: energy(parameters["unembed.weight"]),
      rule: ruleKernel(table, logits, P),
      keyGram: Math.max(...(await keyGramMaxima(embed, keys, P, HEADS))),
    };
  } finally {
    trainer.close();
  }
}

async function publishedParameters(file) {
  const names = JSON.parse(readFileSync(join(fixtures, "published-names.json"), "utf8"));
  const stored = await readTensors(join(fixtures, `${file}.safetensors`));
  return Object.fromEntries(
    Object.entries(stored).map(([tensor, parameter]) => {
      const { name, turned } = names[tensor];
      return [name, turned ? transposed(parameter) : parameter];
    }),
  );
}

function transposed({ shape: [rows, cols], values }) {
  const turned = values.map((_, i) => values[(i % rows) * cols + Math.floor(i / rows)]);
  return { shape: [cols, rows], values: turned };
}

function energy({ shape: [, width], values }) {
  const spectrum = tokenSpectrum(values, P, width);
  const frequencies = leadingFrequencies(spectrum, LEADING);
  return { frequencies, share: frequencies.reduce((sum, k) => sum + spectrum.energy[k - 1], 0) };
}

function networkTable(runs) {
  return runs.map(({ label, measures, embed, unembed, rule, keyGram }) => ({
    run: label,
    "accuracy, all pairs": measures.testAccuracy.toFixed(4),
    "cross-entropy": measures.testCrossEntropy.toExponential(1),
    "ℓ2 norm": measures.l2Norm.toFixed(1),
    "leading frequencies": embed.frequencies.join(", "),
    "their energy, embed": embed.share.toFixed(3),
    "their energy, unembed": unembed.share.toFixed(3),
    "logits explained by the rule": rule.share.toFixed(3),
    "largest key Gram eigenvalue": short(keyGram),
  }));
}

function layerTable(runs) {
  return runs.flatMap(({ label, measures }) =>
    measures.layers.map((layer) => ({
      run: label,
      layer: layerName(layer.name),
      alpha: layer.alpha?.toFixed(2) ?? "–",
      D: layer.D?.toFixed(3) ?? "–",
      "traps, WeightWatcher": layer.wwTraps?.median ?? "–",
      "traps, calibrated": layer.calibratedTraps?.median ?? "–",
      "largest shuffled eigenvalue / edge": (layer.shuffledMax / layer.bulkEdge).toFixed(3),
      "p of the mean": layer.meanTrapP.toFixed(3),
    })),
  );
}
