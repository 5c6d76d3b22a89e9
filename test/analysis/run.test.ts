import { expect, test } from "vitest";
import { type AnalyzeOptions, resolveOptions } from "../../lib/analysis/options.ts";
import type { AnalysisPlan, Item } from "../../lib/analysis/plan.ts";
import type { Progress } from "../../lib/analysis/progress.ts";
import type { Row } from "../../lib/analysis/row.ts";
import { runPlan } from "../../lib/analysis/run.ts";
import { SpectrapError } from "../../lib/solver/error.ts";
import { FakeSolver, fakeMatrix } from "./fakes.ts";

function planOf(...names: string[]): AnalysisPlan {
  return { checkpoint: undefined as never, base: null, items: names.map(item), skipped: [] };
}

function item(name: string): Item {
  return { kind: "matrix", matrix: fakeMatrix(name) };
}

async function rowsOf(
  plan: AnalysisPlan,
  solver = new FakeSolver(),
  options: AnalyzeOptions = {},
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of runPlan(plan, solver, resolveOptions(options), options)) rows.push(row);
  return rows;
}

const names = Array.from({ length: 200 }, (_, i) => `${"qkvo"[i % 4]!.repeat(1 + (i % 7))}.${i}`);

test("rows come in plan order though problems finish out of order, in a bounded window", async () => {
  const solver = new FakeSolver();
  const finished: string[] = [];
  const onProgress = ({ name }: Progress) => finished.push(name);
  const rows = await rowsOf(planOf(...names), solver, { onProgress });
  expect(rows.map(({ name }) => name)).toEqual(names);
  expect([...finished].sort()).toEqual([...names].sort());
  expect(finished).not.toEqual(names);
  expect(solver.peak).toBeGreaterThan(1);
  expect(solver.peak).toBeLessThanOrEqual(64);
});

test("an error of one matrix is its row, and the others proceed", async () => {
  const broken: Item = {
    kind: "broken",
    broken: {
      name: "experts",
      tensor: "experts_blocks",
      role: "gate_up",
      layer: 3,
      error: new SpectrapError("MX_SCALES_MISSING", "there are no scales"),
      order: 1,
    },
  };
  const plan = planOf("a", "fail NON_FINITE", "b");
  plan.items.splice(2, 0, broken);
  const rows = await rowsOf(plan);
  expect(rows.map(({ error }) => error?.code ?? null)).toEqual([
    null,
    "NON_FINITE",
    "MX_SCALES_MISSING",
    null,
  ]);
  expect(rows[1]).toMatchObject({ N: 30, M: 20, Q: 1.5, rf: 1, alpha: null, trapMargin: null, hasEsd: null });
  expect(rows[1]!.error!.message).toBe('tensor "fail NON_FINITE": as asked');
  expect(rows[2]).toMatchObject({
    name: "experts",
    tensor: "experts_blocks",
    layer: 3,
    expert: null,
    N: null,
  });
  expect(rows.map((row) => Object.keys(row).sort())).toEqual(rows.map(() => Object.keys(rows[0]!).sort()));
});

test.each(["CK_FILE_CHANGED", "ST_DATA_TRUNCATED"])("%s ends the whole analysis", async (code) => {
  const solver = new FakeSolver();
  await expect(rowsOf(planOf("a", `fail ${code}`, ...names), solver)).rejects.toMatchObject({ code });
  expect(solver.running).toBe(0);
  expect(solver.solved.length).toBeLessThan(names.length);
});

test("a mistake of ours is not dressed up as a bad matrix", async () => {
  await expect(rowsOf(planOf("a", "mistake"))).rejects.toThrow(TypeError);
});

test("aborting ends the iteration with ERR_CANCELLED, with nothing outstanding", async () => {
  const solver = new FakeSolver();
  const stop = new AbortController();
  const rows: Row[] = [];
  const run = (async () => {
    for await (const row of runPlan(planOf(...names), solver, resolveOptions({}), { signal: stop.signal })) {
      rows.push(row);
      if (rows.length === 3) stop.abort(new Error("enough"));
    }
  })();
  await expect(run).rejects.toMatchObject({
    code: "ERR_CANCELLED",
    name: "AbortError",
    cause: expect.objectContaining({ message: "enough" }),
  });
  await expect(run).rejects.toBeInstanceOf(SpectrapError);
  expect(rows).toHaveLength(3);
  expect([solver.cancelled, solver.running]).toEqual([true, 0]);
});

test("an aborted signal starts nothing", async () => {
  const solver = new FakeSolver();
  await expect(rowsOf(planOf("a"), solver, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "ERR_CANCELLED",
  });
  expect(solver.solved).toEqual([]);
});

test("leaving the loop cancels and waits for what is outstanding", async () => {
  const solver = new FakeSolver();
  for await (const _ of runPlan(planOf(...names), solver, resolveOptions({}))) break;
  expect([solver.cancelled, solver.running]).toEqual([true, 0]);
});

test("progress counts the work of every matrix once, failures too", async () => {
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => seen.push(progress);
  await rowsOf(planOf("a", "fail NON_FINITE", "b"), new FakeSolver(), { onProgress });
  // Two spectra each: Gram 30·20·21 and reduction 4/3·20³.
  const each = 2 * (30 * 20 * 21 + (4 / 3) * 8000);
  expect(seen.map(({ done }) => done)).toEqual([1, 2, 3]);
  expect(seen.map(({ flopsDone }) => flopsDone)).toEqual([1, 2, 3].map((n) => expect.closeTo(n * each, 3)));
  expect(seen.at(-1)).toMatchObject({ total: 3, failed: 1, flopsTotal: seen.at(-1)!.flopsDone });
});

test("progress counts eigenvectors: another Gram matrix, and 9·M³", async () => {
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => seen.push(progress);
  const rows = await rowsOf(planOf("a"), new FakeSolver(), { vectors: true, shuffle: "never", onProgress });
  expect(rows[0]).toMatchObject({ error: null, tailMeanLocRatio: 1 });
  const expected = 30 * 20 * 21 + (4 / 3) * 8000 + 30 * 20 * 21 + 9 * 8000;
  expect(seen).toMatchObject([
    { flopsDone: expect.closeTo(expected, 3), flopsTotal: expect.closeTo(expected, 3) },
  ]);
});

test("a fused group is solved once, even when only a part of it is wanted", async () => {
  const group = {
    gate: fakeMatrix("gate", { role: "gate" }),
    up: fakeMatrix("up", { role: "up" }),
    fused: fakeMatrix("gate_up", { role: "gate_up", rows: 60 }),
  };
  const part = (key: keyof typeof group): Item => ({ kind: "fused", matrix: group[key], part: key, group });
  const solver = new FakeSolver();
  const plan = { ...planOf(), items: [part("gate"), part("up"), part("fused")] };
  expect((await rowsOf(plan, solver)).map(({ name, N }) => [name, N])).toEqual([
    ["gate", 30],
    ["up", 30],
    ["gate_up", 60],
  ]);
  expect(solver.fused).toHaveLength(1);

  const alone = new FakeSolver();
  expect(await rowsOf({ ...planOf(), items: [part("fused")] }, alone)).toHaveLength(1);
  expect(alone.fused).toHaveLength(1);
});

test("the solver is asked for the shuffles the options call for", async () => {
  const asked = async (options: AnalyzeOptions, matrix = fakeMatrix("a")) => {
    const solver = new FakeSolver();
    await rowsOf({ ...planOf(), items: [{ kind: "matrix", matrix }] }, solver, options);
    return solver.solved[0]!.replicas;
  };
  expect(await asked({})).toBe(1);
  expect(await asked({ shuffleReplicas: 7 })).toBe(7);
  expect(await asked({ shuffle: "never" })).toBe(0);
  expect(await asked({ wwCompat: true })).toBe(6);
  expect(await asked({ wwCompat: true }, fakeMatrix("large", { rows: 300, cols: 100 }))).toBe(2);
  expect(await asked({ wwCompat: true }, fakeMatrix("conv", { role: "conv", taps: 9 }))).toBe(2);
});
