import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Machine } from "../solver/machine.ts";
import type { BlasInfo } from "../solver/solver.ts";
import type { ResolvedOptions } from "./options.ts";
import type { AnalysisPlan, Item } from "./plan.ts";
import type { RunRecord } from "./record.ts";
import { ROW_SCHEMA } from "./row.ts";

/** A file of weights as the run found it. */
export interface InputFile {
  name: string;
  bytes: number;
  /** Nanoseconds since 1970, in decimal. */
  modified: string;
  headerSha256: string;
}

/** What the rows of a run depend on, and where it began. `manifest.json` of a run folder. */
export interface Manifest {
  schema: "spectrap-manifest/1";
  spectrap: string;
  /** Version of the columns. */
  columns: string;
  /** Of the process that began the run. */
  node: string;
  location: string;
  /** Those that change a row; threads and memory stand in the journal, session by session. */
  options: Omit<ResolvedOptions, "threads" | "memoryBytes" | "peakBytes">;
  saveSpectra: boolean;
  inputs: InputFile[];
  /** Number of rows, and SHA-256 of what each is read from. */
  plan: { rows: number; sha256: string };
  machine: Machine;
  /** What decides the last bits: the instruction set of our own kernels, or the kernel of the BLAS. */
  kernel: string;
  /** Null where none was used, or found for eigenvectors. */
  blas: BlasInfo | null;
  /** ISO 8601, UTC. */
  started: string;
}

export function manifestOf(plan: AnalysisPlan, record: RunRecord, saveSpectra: boolean): Manifest {
  const { threads, memoryBytes, peakBytes, ...options } = record.options;
  return {
    schema: "spectrap-manifest/1",
    spectrap: record.spectrap,
    columns: ROW_SCHEMA,
    node: record.machine.node,
    location: record.location,
    options,
    saveSpectra,
    inputs: [...inputs(plan.checkpoint, ""), ...(plan.base === null ? [] : inputs(plan.base, "base/"))],
    plan: { rows: plan.items.length, sha256: planHash(plan.items) },
    machine: record.machine,
    kernel: record.solver!.kernel,
    blas: record.solver!.blas,
    started: record.started,
  };
}

/** `folder` tells files of the base from those of the same name. */
function inputs({ files }: Checkpoint, folder: "" | "base/"): InputFile[] {
  return files.map(({ path, size, mtimeNs, headerSha256 }) => ({
    name: folder + basename(path),
    bytes: size,
    modified: String(mtimeNs),
    headerSha256,
  }));
}

/**
 * What differs between two manifests so that their rows must not stand in one table, in words; empty if nothing does.
 * The location may differ, as a folder may be moved; so may the machine, as long as it computes with the same kernels.
 */
export function manifestDifferences(before: Manifest, now: Manifest): string[] {
  const facts = (manifest: Manifest): [name: string, value: unknown][] => [
    ["manifest", manifest.schema],
    ["spectrap", manifest.spectrap],
    ["columns", manifest.columns],
    // The functions of Math may change in their last digit with the engine.
    ["Node", manifest.node.split(".")[0]],
    ...Object.entries(manifest.options).map(([name, value]): [string, unknown] => [`option ${name}`, value]),
    ["option saveSpectra", manifest.saveSpectra],
    ...computes(manifest),
    ...manifest.inputs.flatMap(({ name, bytes, modified, headerSha256 }): [string, unknown][] => [
      [`size of ${name}`, bytes],
      [`header of ${name}`, headerSha256],
      [`time of last change of ${name}`, modified],
    ]),
    ["number of matrices", manifest.plan.rows],
    ["plan", manifest.plan.sha256],
  ];
  const [old, current] = [new Map(facts(before)), new Map(facts(now))];
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name), current.get(name)].map(shown);
    return was === is ? [] : [`${name} (was ${was}, is ${is})`];
  });
}

/** What has other bits where it differs: within one instruction set ours are the same on every machine. */
function computes({ kernel, blas, options }: Manifest): [name: string, value: unknown][] {
  const library: [string, unknown] = [
    "BLAS",
    blas === null ? "none" : [blas.library, blas.config, blas.kernel].join(" "),
  ];
  if (options.solver === "lapack") return [library];
  return [["instruction set", kernel], ...(options.vectors ? [library] : [])];
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "absent");
}

/** Identity, shape and byte ranges of every matrix; files by their names, so that a moved checkpoint stays the same. */
function planHash(items: readonly Item[]): string {
  const hash = createHash("sha256");
  for (const item of items) {
    const described =
      item.kind === "broken" ? { ...item.broken, error: item.broken.error.code } : item.matrix;
    hash.update(
      `${JSON.stringify(described, (key, value) => (key === "file" ? basename(value.path) : value))}\n`,
    );
  }
  return hash.digest("hex");
}
