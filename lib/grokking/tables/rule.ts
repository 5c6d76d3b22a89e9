import type { PhaseName } from "../../report/figures/phase-span.ts";
import { formatNumber } from "../../report/number.ts";
import { numberColumn, type Table } from "./table.ts";

/** Frequencies that lead a spectrum over the tokens, the first one first, and the energy or power of that one. */
export interface LeadingFrequencies {
  readonly frequencies: readonly number[];
  readonly largest: number;
}

/** How a network adds modulo p at a step. */
export interface RuleAnatomy {
  readonly phase: PhaseName;
  readonly step: number;
  /** Part of the logits' variance that follows the rule, and the kernel's part of all its power that is no constant. */
  readonly share: number;
  readonly nonDcMass: number;
  readonly kernel: LeadingFrequencies;
  readonly embed: LeadingFrequencies;
  readonly unembed: LeadingFrequencies;
  /** λ_max of the key Gram of each head. */
  readonly keyGram: readonly number[];
}

/** The paper's Fourier analysis, a row per phase. */
export function ruleTable(title: string, rows: readonly RuleAnatomy[]): Table {
  const number = (header: string, cell: (row: RuleAnatomy) => number) =>
    numberColumn(header, rows.map(cell), formatNumber);
  const leading = (key: "kernel" | "embed" | "unembed", what: string) => [
    {
      kind: "text" as const,
      header: `${key}, frequencies`,
      cells: rows.map((row) => row[key].frequencies.join(" ")),
    },
    number(`${key}, leading ${what}`, (row) => row[key].largest),
  ];
  return {
    title,
    columns: [
      { kind: "text", header: "phase", cells: rows.map(({ phase }) => phase) },
      number("step", ({ step }) => step),
      number("share of the rule", ({ share }) => share),
      number("non-DC mass", ({ nonDcMass }) => nonDcMass),
      ...leading("kernel", "power"),
      ...leading("embed", "energy"),
      ...leading("unembed", "energy"),
      number("key Gram, least head", ({ keyGram }) => Math.min(...keyGram)),
      number("key Gram, largest head", ({ keyGram }) => Math.max(...keyGram)),
    ],
  };
}
