import { leadingFrequencies, tokenSpectrum } from "../anatomy/fourier.ts";
import { keyGramMaxima } from "../anatomy/key-gram.ts";
import { ruleKernel } from "../anatomy/rule-kernel.ts";
import { networkMatrix } from "../matrix.ts";
import type { Forward } from "../parameters.ts";
import type { LeadingFrequencies, RuleAnatomy } from "../tables/rule.ts";
import { modularAdditionTable } from "../tasks/modular-addition.ts";
import type { Edge } from "./edges.ts";
import type { ModularAdditionExperiment } from "./experiment.ts";

/** As many as the paper lists. */
const LEADING = 6;

/** How the transformer at the last checkpoint of a phase adds, over all p² pairs. */
export async function ruleAnatomy(
  { p, heads, width }: ModularAdditionExperiment,
  forward: Forward,
  { phase, step, parameters }: Edge,
): Promise<RuleAnatomy> {
  const all = modularAdditionTable(p);
  const { share, nonDcMass, power } = ruleKernel(all, await forward(parameters, all.inputs, all.count), p);
  const leading = (energy: Float64Array): LeadingFrequencies => {
    const frequencies = leadingFrequencies({ energy }, LEADING);
    return { frequencies, largest: energy[frequencies[0]! - 1]! };
  };
  const tokens = (name: string) => leading(tokenSpectrum(parameters[name]!.values, p, width).energy);
  return {
    phase,
    step,
    share,
    nonDcMass,
    kernel: leading(power),
    embed: tokens("embed.weight"),
    unembed: tokens("unembed.weight"),
    keyGram: await keyGramMaxima(
      networkMatrix(parameters, "embed.weight"),
      networkMatrix(parameters, "attention.k.weight"),
      p,
      heads,
    ),
  };
}
