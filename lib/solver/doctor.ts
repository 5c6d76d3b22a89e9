import { addon, addonFile } from "./addon.ts";
import { SpectrapError } from "./error.ts";
import { blas } from "./lapack.ts";
import {
  allowedCores,
  type Cores,
  cores,
  defaultMemoryBudget,
  type Memory,
  machine,
  memory,
} from "./machine.ts";
import { kernels } from "./native.ts";
import type { BlasInfo, Kernels } from "./solver.ts";

/** Why a part cannot be used, and what to do about it. */
export interface Trouble {
  code: string;
  reason: string;
  hint: string | null;
}

/** What was found on this machine: plain data, for a report and for programs. */
export interface Diagnosis {
  /** Whether an analysis can run, with the default solver. */
  ready: boolean;
  platform: string;
  node: string;
  addon: Part<{ file: string; origin: "prebuild" | "local build" }>;
  cpu: {
    model: string;
    /** Instruction sets that matter to the kernels; null without the addon, which asks the CPU. */
    features: string[] | null;
  };
  /** Of spectrap itself. */
  kernels: Part<Kernels>;
  /** Only the solver `lapack`, the precision `reference` and all eigenvectors need one. */
  blas: Part<BlasInfo>;
  memory: Memory;
  cores: Cores;
  /** What an analysis takes if it is not told otherwise. */
  defaults: { threads: number; memoryBytes: number };
}

/** A part that is there, or the trouble with it. */
export type Part<Found> = (Found & { trouble: null }) | { trouble: Trouble };

/** Looks at all an analysis needs. Opens the addon and the BLAS, and throws nothing that they throw. */
export function diagnose(): Diagnosis {
  const native = part(() => {
    const file = addonFile();
    return { file, origin: originOf(file), features: addon().cpuFeatures() };
  });
  const own = part(kernels);
  const { platform, node, cpu } = machine();
  return {
    ready: native.trouble === null && own.trouble === null,
    platform,
    node,
    addon: native.trouble === null ? { file: native.file, origin: native.origin, trouble: null } : native,
    cpu: { model: cpu, features: native.trouble === null ? native.features : null },
    kernels: own,
    blas: part(blas),
    memory: memory(),
    cores: cores(),
    defaults: { threads: allowedCores(), memoryBytes: defaultMemoryBudget() },
  };
}

function originOf(file: string): "prebuild" | "local build" {
  return /[/\\]prebuilds[/\\][^/\\]+[/\\][^/\\]+$/.test(file) ? "prebuild" : "local build";
}

function part<Found extends object>(find: () => Found): Part<Found> {
  try {
    return { ...find(), trouble: null };
  } catch (error) {
    if (!(error instanceof SpectrapError)) throw error;
    const { code, reason, hint = null } = error;
    return { trouble: { code, reason, hint } };
  }
}
