import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { groupLimits } from "../../lib/solver/cgroup.ts";

const NONE = Number.POSITIVE_INFINITY;
const GIB = 2 ** 30;
const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** Writes a machine's /proc and /sys as far as control groups go: files of groups are named below /sys/fs/cgroup. */
function machine(own: string, groups: Record<string, string | number>): string {
  const root = mkdtempSync(join(tmpdir(), "spectrap-cgroup-"));
  roots.push(root);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  };
  write("proc/self/cgroup", own);
  for (const [path, value] of Object.entries(groups)) write(`sys/fs/cgroup/${path}`, String(value));
  return root;
}

test("without control groups nothing is limited", () => {
  expect(groupLimits("/nowhere")).toEqual({ cpus: NONE, memory: NONE, freeMemory: NONE });
  expect(groupLimits(machine("0::/", {}))).toEqual({ cpus: NONE, memory: NONE, freeMemory: NONE });
});

describe("version 2", () => {
  test("reads the group of the process, not the root's", () => {
    const root = machine("0::/user/work", {
      "user/work/cpu.max": "150000 100000",
      "user/work/memory.max": 4 * GIB,
      "user/work/memory.current": GIB,
      "user/work/memory.stat": "anon 5\ninactive_file 1000\nactive_file 70\n",
      "other/cpu.max": "10000 100000",
    });
    expect(groupLimits(root)).toEqual({ cpus: 1.5, memory: 4 * GIB, freeMemory: 3 * GIB + 1000 });
  });

  test("the tightest group above decides, each limit for itself", () => {
    const root = machine("0::/a/b/c", {
      "a/cpu.max": "200000 100000",
      "a/memory.max": 16 * GIB,
      "a/memory.current": 15 * GIB, // mostly the neighbours'
      "a/b/cpu.max": "max 100000",
      "a/b/memory.max": 4 * GIB,
      "a/b/memory.current": GIB,
      "a/b/c/cpu.max": "400000 100000",
      "a/b/c/memory.max": "max",
      "a/b/c/memory.current": GIB,
    });
    expect(groupLimits(root)).toEqual({ cpus: 2, memory: 4 * GIB, freeMemory: GIB });
  });

  test("memory.high counts like the hard limit, and a full group has nothing left", () => {
    const root = machine("0::/a", {
      "a/memory.max": 4 * GIB,
      "a/memory.high": 2 * GIB,
      "a/memory.current": 3 * GIB,
    });
    expect(groupLimits(root)).toMatchObject({ memory: 2 * GIB, freeMemory: 0 });
  });

  test.each([
    ["a path of the host", "0::/docker/0123"],
    ["a path outside of the namespace", "0::/../../system"],
    ["the root", "0::/"],
  ])("in a container, with %s, the mount is the own group", (_, own) => {
    const root = machine(own, { "cpu.max": "50000 100000", "memory.max": GIB, "memory.current": 0 });
    expect(groupLimits(root)).toEqual({ cpus: 0.5, memory: GIB, freeMemory: GIB });
  });
});

describe("version 1", () => {
  const own = "5:memory:/job\n4:cpuset:/tight\n3:cpu,cpuacct:/job\n1:name=systemd:/job";

  test("each controller has a tree of its own", () => {
    const root = machine(own, {
      "cpu,cpuacct/job/cpu.cfs_quota_us": 250000,
      "cpu,cpuacct/job/cpu.cfs_period_us": 100000,
      "memory/job/memory.limit_in_bytes": 2 * GIB,
      "memory/job/memory.usage_in_bytes": GIB,
      "memory/job/memory.stat": "inactive_file 7\ntotal_inactive_file 4096",
      "memory/memory.limit_in_bytes": "9223372036854771712",
      "memory/memory.usage_in_bytes": 8 * GIB,
    });
    expect(groupLimits(root)).toEqual({ cpus: 2.5, memory: 2 * GIB, freeMemory: GIB + 4096 });
  });

  test("-1 and the largest number are no limit", () => {
    const root = machine(own, {
      "cpu/job/cpu.cfs_quota_us": -1,
      "cpu/job/cpu.cfs_period_us": 100000,
      "memory/job/memory.limit_in_bytes": "9223372036854771712",
      "memory/job/memory.usage_in_bytes": GIB,
    });
    expect(groupLimits(root)).toEqual({ cpus: NONE, memory: NONE, freeMemory: NONE });
  });

  test("beside version 2, which then is mounted one folder deeper", () => {
    const root = machine("4:memory:/job\n0::/session", {
      "unified/session/cpu.max": "300000 100000",
      "memory/job/memory.limit_in_bytes": GIB,
      "memory/job/memory.usage_in_bytes": 0,
    });
    expect(groupLimits(root)).toEqual({ cpus: 3, memory: GIB, freeMemory: GIB });
  });
});
