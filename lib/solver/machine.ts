import { readFileSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";

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

/**
 * Physical cores this process may use: its affinity, without second hardware threads, within the CPU quota of
 * its control group. At least 1. Two dense solves on one core's two threads only share its arithmetic units.
 */
export function allowedCores(): number {
  const cores = physicalCores() ?? availableParallelism();
  return Math.max(1, Math.min(cores, availableParallelism(), Math.floor(cpuQuota())));
}

/** Bytes the process may still allocate: what the system has available, within its control group. */
export function freeMemory(): number {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(text("/proc/meminfo"))?.[1];
  const free = available === undefined ? freemem() : Number(available) * 1024;
  return Math.min(free, groupMemory());
}

function physicalCores(): number | undefined {
  const allowed = /^Cpus_allowed_list:\s+(\S+)/m.exec(text("/proc/self/status"))?.[1];
  if (allowed === undefined) return undefined;
  const siblings = parseCpuList(allowed).map(
    (cpu) => text(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`).trim() || String(cpu),
  );
  return new Set(siblings).size;
}

/** "0-3,8" → [0, 1, 2, 3, 8]. */
export function parseCpuList(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}

function cpuQuota(): number {
  const [quota, period] = text("/sys/fs/cgroup/cpu.max").trim().split(" ").map(Number);
  return quota! > 0 && period! > 0 ? quota! / period! : Number.POSITIVE_INFINITY;
}

function groupMemory(): number {
  const limit = Number.parseInt(text("/sys/fs/cgroup/memory.max"), 10);
  const used = Number.parseInt(text("/sys/fs/cgroup/memory.current"), 10);
  return limit >= 0 && used >= 0 ? Math.max(limit - used, 0) : Number.POSITIVE_INFINITY;
}

/** Empty if the file cannot be read: other systems have other places, and the defaults then serve. */
function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
