import { Command, InvalidArgumentError, Option } from "commander";
import { invalid } from "../analysis/options.ts";
import { type BenchPrecision, CONTENDERS, type Contender, contender } from "../bench/contenders.ts";
import { KINDS } from "../bench/kinds.ts";
import type { SolverRecord } from "../bench/record.ts";
import { solverBench } from "../bench/solvers.ts";
import { type Entry, entry, readSuite } from "../bench/suite.ts";
import { formatSolverTable } from "../bench/table.ts";
import { jsonLine } from "../report/json-lines.ts";
import { abortOnInterrupt } from "./interrupt.ts";
import { list, whole } from "./parse.ts";
import { writeOut } from "./stdout.ts";

const DEFAULT_ROUNDS = 3;
/** Seconds: with it a run of the default contenders at n = 2880 ends within two minutes, on a busy machine too. */
const DEFAULT_PATIENCE = 25;

interface SolverFlags {
  n?: number[];
  kinds?: string[];
  suite?: string;
  contenders: Contender[];
  precision: BenchPrecision[];
  rounds?: number;
  seed: number;
  format: "table" | "json";
  json: boolean;
  quiet: boolean;
}

export function benchCommand(): Command {
  return new Command("bench")
    .description("Time what spectrap is made of beside others that do the same.")
    .addCommand(solversCommand());
}

function solversCommand(): Command {
  return new Command("solvers")
    .description("Eigenvalues of symmetric matrices: time and accuracy, one thread, a process for each run.")
    .option("--n <list>", "orders, with commas (default: 1024)", wholes)
    .option("--kinds <list>", `of matrix: ${KINDS.join(", ")} (default: gauss)`, list)
    .option("--suite <file>", "instead of both: orders, kinds and shapes from a JSON file")
    .option(
      "--contenders <list>",
      `${CONTENDERS.map(({ name }) => name).join(", ")}; or all`,
      contenders,
      undefined,
    )
    .option("--precision <list>", "double, single (default: both)", precisions)
    .option(
      "--rounds <n>",
      `runs of each, in turn; medians are shown (default: ${DEFAULT_ROUNDS}, fewer when they take long)`,
      whole,
    )
    .option("--seed <n>", "same seed, same matrices", whole, 0)
    .addOption(
      new Option("--format <format>", "of standard output").choices(["table", "json"]).default("table"),
    )
    .option("--json", "short for --format json", false)
    .option("--quiet", "nothing on standard error but errors", false)
    .action(run);
}

async function run(flags: SolverFlags): Promise<void> {
  const { precision = ["double", "single"], rounds, seed, quiet } = flags;
  const entries = entriesOf(flags);
  if (rounds !== undefined && rounds < 1) throw invalid("rounds", rounds, "a whole number from 1 on");
  const json = flags.json || flags.format === "json";
  const { signal, release } = abortOnInterrupt();
  const records: SolverRecord[] = [];
  try {
    const bench = solverBench({
      entries,
      contenders: flags.contenders ?? DEFAULT_CONTENDERS,
      precisions: precision,
      ...(rounds === undefined ? { rounds: DEFAULT_ROUNDS, patience: DEFAULT_PATIENCE } : { rounds }),
      seed,
      command: ["spectrap", ...process.argv.slice(2)].join(" "),
      signal,
      onNote: (note) => quiet || process.stderr.write(`${note}\n`),
    });
    for await (const record of bench) {
      if (json) await writeOut(jsonLine(record));
      else records.push(record);
    }
    if (!json && records.length > 0) await writeOut(formatSolverTable(records, terminalWidth()));
  } finally {
    release();
  }
}

const DEFAULT_CONTENDERS = ["spectrap", "lapack-syevd"].map((name) => contender(name)!);

function entriesOf({ n, kinds, suite }: SolverFlags): Entry[] {
  if (suite === undefined)
    return (kinds ?? ["gauss"]).flatMap((kind) => (n ?? [1024]).map((order) => entry(kind, order)));
  if (n !== undefined || kinds !== undefined)
    throw invalid("suite", suite, "no --n and no --kinds beside it: the file has them");
  return readSuite(suite);
}

function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}

function wholes(text: string, previous: number[] = []): number[] {
  return [...previous, ...text.split(",").map(whole)];
}

function contenders(text: string, previous: Contender[] = []): Contender[] {
  const named = text.split(",").flatMap((name) => {
    if (name === "all") return CONTENDERS;
    const known = contender(name);
    if (known === undefined) {
      throw new InvalidArgumentError(`Allowed are ${CONTENDERS.map(({ name }) => name).join(", ")}, all.`);
    }
    return [known];
  });
  return [...new Set([...previous, ...named])];
}

function precisions(text: string, previous: BenchPrecision[] = []): BenchPrecision[] {
  const named = list(text).map((name) => {
    if (name !== "double" && name !== "single") throw new InvalidArgumentError("Allowed are double, single.");
    return name;
  });
  return [...new Set([...previous, ...named])];
}
