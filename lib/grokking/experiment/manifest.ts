import { createHash } from "node:crypto";
import { version } from "../../analysis/record.ts";
import { blasIfAny } from "../../solver/lapack.ts";
import { type Machine, machine } from "../../solver/machine.ts";
import type { BlasInfo } from "../../solver/solver.ts";
import type { Task } from "../tasks/task.ts";
import type { Experiment } from "./experiment.ts";

/** What the records of an experiment depend on, and where it began: `manifest.json` of its folder. */
export interface ExperimentManifest {
  schema: "spectrap-experiment/1";
  spectrap: string;
  experiment: Experiment;
  /** SHA-256 of all inputs and labels. */
  dataSha256: string;
  /** Its products decide the last bits. */
  blas: BlasInfo | null;
  machine: Machine;
  /** ISO 8601, UTC. */
  started: string;
}

export function experimentManifest(experiment: Experiment, task: Task): ExperimentManifest {
  const hash = createHash("sha256");
  for (const { inputs, labels } of [task.train, task.test]) hash.update(inputs).update(labels);
  return {
    schema: "spectrap-experiment/1",
    spectrap: version,
    experiment,
    dataSha256: hash.digest("hex"),
    blas: blasIfAny(),
    machine: machine(),
    started: new Date().toISOString(),
  };
}

/** What differs so that the records of both must not stand in one run, in words. The folder of IDX files may have moved. */
export function experimentDifferences(before: ExperimentManifest, now: ExperimentManifest): string[] {
  const facts = ({ schema, spectrap, experiment, dataSha256, blas, machine }: ExperimentManifest) =>
    new Map<string, unknown>([
      ["manifest", schema],
      ["spectrap", spectrap],
      // The functions of Math may change in their last digit with the engine.
      ["Node", machine.node.split(".")[0]],
      ...Object.entries(experiment)
        .filter(([name]) => name !== "digits")
        .map(([name, value]): [string, unknown] => [`option ${name}`, value]),
      ["data", dataSha256],
      ["BLAS", blas === null ? "none" : [blas.library, blas.config, blas.kernel].join(" ")],
    ]);
  const [old, current] = [facts(before), facts(now)];
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name), current.get(name)].map((value) => JSON.stringify(value) ?? "absent");
    return was === is ? [] : [`${name} (was ${was}, is ${is})`];
  });
}
