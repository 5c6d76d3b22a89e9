import type { Solver } from "../../solver/solver.ts";
import type { Examples } from "../examples.ts";
import type { Trainer } from "../trainer/trainer.ts";
import type { Edge } from "./edges.ts";
import type { Experiment } from "./experiment.ts";
import type { ExperimentFolder } from "./folder.ts";
import type { ExperimentNetwork } from "./network.ts";

/** A finished training, as its report looks at it. */
export interface TrainedNetwork {
  readonly experiment: Experiment;
  /** Of its tables and figures. */
  readonly title: string;
  readonly network: ExperimentNetwork;
  readonly folder: ExperimentFolder;
  /** The last of them is the last checkpoint. */
  readonly edges: readonly Edge[];
  /** With the weight decay of the last step; the report may use up its state. */
  readonly trainer: Trainer;
  /** The test examples, with as many classes as the network has outputs: the sign "=" is one of the transformer, though no label. */
  readonly test: Examples;
  readonly solver: Pick<Solver, "solve" | "shuffled">;
}
