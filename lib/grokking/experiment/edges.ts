import type { PhaseName } from "../../report/figures/phase-span.ts";
import type { LayerMeasures } from "../measures/layer-measures.ts";
import type { Parameters } from "../parameters.ts";
import { type MeasuredRun, PHASES, rightEdge } from "../record.ts";
import type { ExperimentFolder } from "./folder.ts";

/** The network at the last checkpoint of a phase. */
export interface Edge {
  readonly phase: PhaseName;
  readonly step: number;
  readonly parameters: Parameters;
  /** Measures of the matrices that are tested for traps. */
  readonly layers: readonly LayerMeasures[];
}

/** One of every phase that was reached; the last of them is the last checkpoint. */
export async function phaseEdges(folder: ExperimentFolder, run: MeasuredRun): Promise<Edge[]> {
  const edges: Edge[] = [];
  for (const phase of PHASES) {
    const step = rightEdge(run, phase)?.step;
    const measured = folder.measured.find((candidate) => candidate.step === step);
    if (step === undefined || measured === undefined) continue;
    const { layers } = measured.measures;
    edges.push({ phase, step, parameters: await folder.parameters(step), layers });
  }
  return edges;
}

/** "grokking, step 41170", for titles. */
export function edgeTitle({ phase, step }: Pick<Edge, "phase" | "step">): string {
  return `${phase}, step ${step}`;
}
