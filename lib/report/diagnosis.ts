import type { Diagnosis } from "../solver/doctor.ts";
import { printable } from "../solver/error.ts";
import { layOut } from "./layout.ts";
import { formatGibibytes } from "./number.ts";

/** What was found on a machine, for people: a line for each part, and what to do if an analysis cannot run. */
export function formatDiagnosis(diagnosis: Diagnosis, version: string): string {
  const { platform, node, addon, cpu } = diagnosis;
  const lines: [string, string][] = [
    ["spectrap", `${version}, ${platform}, Node ${node}`],
    ["addon", addon.trouble === null ? `${printable(addon.file)} (${addon.origin})` : "none that loads"],
    ["CPU", `${cpu.model}${cpu.features === null ? "" : `: ${cpu.features.join(" ")}`}`],
    ...kernelLines(diagnosis),
    ...blasLines(diagnosis),
    ["memory", memoryLine(diagnosis)],
    ["cores", coresLine(diagnosis)],
    ["by default", defaultsLine(diagnosis)],
  ];
  const cells = (index: 0 | 1) => lines.map((line) => line[index]);
  const table = layOut([
    { header: "part", align: "left", priority: 0, cells: cells(0) },
    { header: "found", align: "left", priority: 0, cells: cells(1) },
  ]);
  return `${table}\n${verdict(diagnosis)}`;
}

function kernelLines({ kernels }: Diagnosis): [string, string][] {
  if (kernels.trouble !== null) return [["kernels", "none"]];
  return [["kernels", `${kernels.name}, of ${kernels.available.join(" ")}`]];
}

function blasLines({ addon, blas }: Diagnosis): [string, string][] {
  if (addon.trouble !== null) return []; // nobody could look for one
  if (blas.trouble !== null) {
    return [["BLAS", "not found: only --solver lapack, --precision reference and --vectors need it"]];
  }
  const { library, file, config, kernel, kernelChosen, threading } = blas;
  const chosen = kernelChosen ? ", chosen by spectrap for this CPU" : "";
  return [
    ["BLAS", printable(file === library ? file : `${library} → ${file}`)],
    ["BLAS build", `${config === "" ? "does not say" : printable(config)}; threads: ${threading}`],
    ["BLAS kernel", kernel === "" ? "does not say" : `${printable(kernel)}${chosen}`],
  ];
}

function memoryLine({ memory: { total, available, groupLimit, free } }: Diagnosis): string {
  const group = groupLimit === null ? "" : `; control group: at most ${formatGibibytes(groupLimit)}`;
  return `${formatGibibytes(total)}, ${formatGibibytes(available)} available${group}; ${formatGibibytes(free)} for spectrap`;
}

function coresLine({ cores: { physical, logical, allowed, quota } }: Diagnosis): string {
  const group = quota === null ? "" : `; control group: ${Number(quota.toFixed(2))} CPUs' worth of time`;
  return `${physical} (${logical} hardware threads), ${allowed} allowed by affinity${group}`;
}

function defaultsLine({ defaults: { threads, memoryBytes } }: Diagnosis): string {
  return `${threads} ${threads === 1 ? "thread" : "threads"}, ${formatGibibytes(memoryBytes)} for matrices at work`;
}

function verdict({ addon, kernels }: Diagnosis): string {
  const trouble = addon.trouble ?? kernels.trouble;
  if (trouble === null) return "An analysis can run.\n";
  const { code, reason, hint } = trouble;
  const next = hint === null ? "" : `What to do: ${hint}\n`;
  return `An analysis cannot run.\n${code}: ${reason}\n${next}`;
}
