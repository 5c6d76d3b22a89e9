import { readFileSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { groupLimits } from "./cgroup.ts";

/** The machine as a run record shows it. */
export interface Machine {
  platform: string;
  cpu: string;
  /** Physical cores this process may use. */
  cores: number;
  /** Bytes. */
  memory: number;
  node: string;
}

export function machine(): Machine {
  return {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: allowedCores(),
    memory: totalmem(),
    node: process.version,
  };
}

/** How many cores there are, and how many of them are ours. */
export interface Cores {
  physical: number;
  /** Hardware threads. */
  logical: number;
  /** Physical cores that have a hardware thread in the affinity of the process. */
  allowed: number;
  /** CPUs' worth of time the control group allows; null: without limit. */
  quota: number | null;
}

export function cores(): Cores {
  const online = cpuList(text("/sys/devices/system/cpu/online"));
  const logical = online.length || cpus().length;
  // Where CPUs were taken away, the list of allowed ones may still name them.
  const affinity = /^Cpus_allowed_list:\s+(\S+)/m.exec(text("/proc/self/status"))?.[1] ?? "";
  const allowed = cpuList(affinity).filter((cpu) => online.includes(cpu));
  const { cpus: quota } = groupLimits();
  return {
    physical: distinctCores(online) || logical,
    logical,
    allowed: distinctCores(allowed) || availableParallelism(),
    quota: Number.isFinite(quota) ? quota : null,
  };
}

/**
 * Physical cores this process may use: its affinity, without second hardware threads, within the CPU quota of
 * its control groups. At least 1. Two dense solves on one core's two threads only share its arithmetic units.
 */
export function allowedCores(): number {
  const { allowed, quota } = cores();
  return Math.max(1, Math.min(allowed, availableParallelism(), Math.floor(quota ?? allowed)));
}

/** Bytes. */
export interface Memory {
  total: number;
  /** What the system can give to programs without swapping. */
  available: number;
  /** What all processes of the tightest control group may hold together; null: without limit. */
  groupLimit: number | null;
  /** What this process may still allocate. */
  free: number;
}

export function memory(): Memory {
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(text("/proc/meminfo"))?.[1];
  const available = kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
  const group = groupLimits();
  return {
    total: totalmem(),
    available,
    groupLimit: Number.isFinite(group.memory) ? group.memory : null,
    free: Math.min(available, group.freeMemory),
  };
}

/** Bytes the process may still allocate: what the system has available, within its control groups. */
export function freeMemory(): number {
  return memory().free;
}

/** Half of what is free: the rest is for JavaScript, for pages of the checkpoint, and for the neighbours. */
export function defaultMemoryBudget(): number {
  return Math.floor(freeMemory() / 2);
}

function distinctCores(cpus: readonly number[]): number {
  const siblings = cpus.map(
    (cpu) => text(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`).trim() || String(cpu),
  );
  return new Set(siblings).size;
}

function cpuList(list: string): number[] {
  return list.trim() === "" ? [] : parseCpuList(list.trim());
}

/** "0-3,8" → [0, 1, 2, 3, 8]. */
export function parseCpuList(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}

/** Empty if the file cannot be read: other systems have other places, and the defaults then serve. */
function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
