import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the control groups of this process leave it; infinite where nothing limits it. */
export interface GroupLimits {
  /** CPUs' worth of time, as a fraction: the quota over its period. */
  cpus: number;
  /** Bytes all processes of the tightest group may hold together. */
  memory: number;
  /** Bytes the process may still allocate before some group is full. */
  freeMemory: number;
}

/**
 * Limits of the process's own group and of every group above it, since the tightest one decides. Version 2 has one
 * tree for everything, version 1 a tree for each controller, and a machine may have both mounted. `root` is where
 * /proc and /sys lie.
 */
export function groupLimits(root = "/"): GroupLimits {
  const limits = groupFolders(root).map(limitsOf);
  const least = (name: keyof GroupLimits) =>
    limits.reduce((lowest, limit) => Math.min(lowest, limit[name]), Number.POSITIVE_INFINITY);
  return { cpus: least("cpus"), memory: least("memory"), freeMemory: least("freeMemory") };
}

/** Folders of the groups that hold this process, of both versions, from its own up to where the tree is mounted. */
function groupFolders(root: string): string[] {
  const lines = read(join(root, "proc/self/cgroup")).split("\n");
  return lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    const mount = mountOf(root, controllers);
    return mount === undefined ? [] : upwards(mount, path);
  });
}

/** Where a tree is mounted: by convention, which systemd, Docker and Kubernetes all keep. */
function mountOf(root: string, controllers: string): string | undefined {
  const base = join(root, "sys/fs/cgroup");
  if (controllers === "") {
    const hybrid = join(base, "unified");
    return existsSync(hybrid) ? hybrid : base;
  }
  const names = controllers.split(",");
  if (!names.includes("cpu") && !names.includes("memory")) return undefined;
  return [controllers, ...names].map((name) => join(base, name)).find((folder) => existsSync(folder));
}

/**
 * A container often sees its own group as the root of the mount, while the path still counts from the host's root;
 * and with a namespace of its own, a path outside of it begins with "..". Both then mean the root of the mount.
 */
function upwards(mount: string, path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.includes("..") || !existsSync(join(mount, ...parts))) return [mount];
  return Array.from({ length: parts.length + 1 }, (_, i) => join(mount, ...parts.slice(0, parts.length - i)));
}

function limitsOf(folder: string): GroupLimits {
  const text = (name: string) => read(join(folder, name)).trim();
  const [quota, period] = text("cpu.max").split(" ");
  const cpus = Math.min(
    share(quota, period),
    share(text("cpu.cfs_quota_us"), text("cpu.cfs_period_us")), // version 1
  );
  const memory = Math.min(
    limit(text("memory.max")),
    // Above it nobody is killed, but the kernel takes pages back from the group at every allocation, and of matrices
    // at work it can take none: the process would all but stand still. So it counts like the hard limit.
    limit(text("memory.high")),
    limit(text("memory.limit_in_bytes")), // version 1
  );
  const used = Number(text("memory.current") || text("memory.usage_in_bytes"));
  return { cpus, memory, freeMemory: Math.max(0, memory - used + reclaimable(text("memory.stat"))) };
}

/**
 * Pages of files that were read and not looked at again. They count as used, but the kernel drops them as soon as
 * memory is needed; after a checkpoint of many gigabytes they fill the group. Version 1 has a sum over the groups
 * below beside the group's own, version 2 has only the sum.
 */
function reclaimable(stat: string): number {
  const bytes = /^total_inactive_file (\d+)$/m.exec(stat) ?? /^inactive_file (\d+)$/m.exec(stat);
  return Number(bytes?.[1] ?? 0);
}

function share(quota: string | undefined, period: string | undefined): number {
  return Number(quota) > 0 && Number(period) > 0 ? Number(quota) / Number(period) : Number.POSITIVE_INFINITY;
}

/** "max" or no file in version 2, and a number no machine has in version 1, mean no limit. */
function limit(text: string): number {
  const bytes = text === "" ? Number.NaN : Number(text);
  return Number.isSafeInteger(bytes) ? bytes : Number.POSITIVE_INFINITY;
}

/** Empty if the file cannot be read: a controller need not be there, nor control groups at all. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
