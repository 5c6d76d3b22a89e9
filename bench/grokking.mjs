// npm run bench:grokking
//
// Trains the networks of the anti-grokking study over seeds and writes the tables of docs/grokking.md: each stands between two marks,
// <!-- begin NAME --> and <!-- end NAME -->. A training that was interrupted goes on where it was, and a finished one is not repeated.
// Options: --seeds n (default 5), --only a,b (parts: printed, mlp, epsilon, modadd, forensics, published; and long, search), --full (all parts: hours),
// --budget SECONDS (of CPU time for the search, default 21600), --out FOLDER (default bench/results/grokking), --page FILE.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { paperMlp, paperMlpControl, paperMlpScale4 } from "../dist/grokking/paper/mlp.js";
import { paperModularAddition } from "../dist/grokking/paper/modular-addition.js";
import { toMarkdown } from "../dist/grokking/tables/table.js";
import { machine } from "../dist/solver/machine.js";
import { commandLine, machineLine, resultsFolder, root, writeSections } from "./common.mjs";
import { forensics, forensicsMarkdown } from "./grokking/forensics.mjs";
import { epsilonSections, longSections, quickSections } from "./grokking/mlp.mjs";
import { modularAdditionSections } from "./grokking/modular-addition.mjs";
import { published } from "./grokking/published.mjs";
import { search, searchMarkdown } from "./grokking/search.mjs";
import { printed } from "./grokking/tables.mjs";

const { values: args } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    only: { type: "string" },
    budget: { type: "string", default: String(6 * 3600) },
    full: { type: "boolean", default: false },
    out: { type: "string", default: join(resultsFolder, "grokking") },
    page: { type: "string", default: join(root, "docs", "grokking.md") },
  },
});
const seeds = Number(args.seeds);

const PARTS = {
  printed: () => ({
    "printed-mlp": [paperMlp, paperMlpControl, paperMlpScale4]
      .map((paper) => toMarkdown(printed(paper, `${paper.label}, MNIST`)))
      .join("\n"),
    "printed-modadd": toMarkdown(printed(paperModularAddition, paperModularAddition.label)),
  }),
  mlp: () => quickSections(args.out, seeds),
  epsilon: () => epsilonSections(args.out),
  modadd: () => modularAdditionSections(args.out, seeds),
  forensics: async () => {
    const records = await forensics({ seeds: [...Array(seeds).keys()], folder: join(args.out, "forensics") });
    return { forensics: forensicsMarkdown(records) };
  },
  published: async () => ({ published: await published() }),
};
const LONG_PARTS = {
  long: () => longSections(args.out),
  search: async () => {
    const folder = join(args.out, "search");
    const records = await search({ folder, budgetSeconds: Number(args.budget) });
    return { search: searchMarkdown(records) };
  },
};

const parts = { ...PARTS, ...LONG_PARTS };
const chosen = args.only?.split(",") ?? Object.keys(args.full ? parts : PARTS);
const unknown = chosen.filter((name) => parts[name] === undefined);
if (unknown.length > 0)
  throw new Error(`no part ${unknown.join(", ")} among ${Object.keys(parts).join(", ")}`);

for (const name of chosen) {
  const sections = await parts[name]();
  const origin = `*${machineLine(machine())}; \`${commandLine("npm run bench:grokking")}\`.*`;
  const withOrigin = Object.entries(sections).map(([section, text]) => [
    section,
    `${text.trimEnd()}\n\n${origin}`,
  ]);
  writeSections(args.page, Object.fromEntries(withOrigin));
  console.log(`${name}: ${Object.keys(sections).join(", ")} in ${args.page}`);
}
