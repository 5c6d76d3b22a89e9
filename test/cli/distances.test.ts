import { beforeAll, expect, test } from "vitest";
import { tinyFolder } from "../analysis/checkpoints.ts";
import { adapterFolder, f32, factorNames, modelFolder } from "../helpers/adapter.ts";
import { compile, spectrap } from "../helpers/command.ts";
import { gaussian } from "../helpers/memory-matrix.ts";

beforeAll(compile, 120_000);

const lines = (stdout: string) => stdout.trimEnd().split(/\r?\n/);

test("distances writes rows to standard output and totals to standard error", async () => {
  const [a, b] = [tinyFolder("hf"), tinyFolder("original")];
  const json = await spectrap(["distances", a, b, "--cka", "--format", "json"]);
  expect(json.code).toBe(0);
  const rows = lines(json.stdout).map((line) => JSON.parse(line));
  expect(rows).toHaveLength(24);
  expect(rows[0]).toMatchObject({ schema: "spectrap-distance/1", raw: 0, gap_ratio: 0, percent_changed: 0 });
  expect(json.stderr).toBe("24 pairs; mean raw 0, gap_ratio of all 0\n");

  const csv = await spectrap(["distances", a, b, "--format", "csv", "--quiet", "--layers", "*.q_proj*"]);
  const [header, first] = lines(csv.stdout).map((line) => line.split(","));
  expect(header!.slice(0, 3)).toEqual(["schema", "name", "tensor"]);
  expect(first).toHaveLength(header!.length);
  expect(csv.stderr).toBe("");

  const table = await spectrap(["distances", a, b]);
  expect(lines(table.stdout)[0]).toMatch(/^name +N×M +raw +relative +gap_ratio/);
});

test("a pair that does not fit ends with code 1, checkpoints of different models with 2", async () => {
  const a = modelFolder([f32("w", [2, 3], gaussian(6, 1)), f32("v", [2, 3], gaussian(6, 2))]);
  const b = modelFolder([f32("w", [3, 2], gaussian(6, 1)), f32("u", [2, 3], gaussian(6, 2))]);
  const { code, stdout, stderr } = await spectrap(["distances", a, b]);
  expect([code, stdout.includes("PAIR_SHAPE")]).toEqual([1, true]);
  expect(stderr).toContain("1): v");
  expect(stderr).toContain("1): u");
  const foreign = await spectrap(["distances", a, tinyFolder("hf")]);
  expect([foreign.code, foreign.stdout]).toEqual([2, ""]);
  expect(foreign.stderr).toMatch(/^spectrap: PAIR_NONE: /);
});

test("analyze --base takes a model for its difference and an adapter for the sum", async () => {
  const module = "layers.0.up_proj";
  const name = `${module}.weight`;
  const base = modelFolder([f32(name, [20, 12], gaussian(240, 3))]);
  const tuned = modelFolder([f32(name, [20, 12], gaussian(240, 4))]);
  const { A, B } = factorNames(module);
  const adapter = adapterFolder([f32(A, [2, 12], gaussian(24, 5)), f32(B, [20, 2], gaussian(40, 6))]);
  const operation = async (...args: string[]) => {
    const { code, stdout } = await spectrap(["analyze", ...args, "--format", "json", "--quiet"]);
    const row = JSON.parse(stdout);
    return [code, row.name, row.operation, row.base];
  };
  expect(await operation(tuned, "--base", base)).toEqual([0, name, "difference", base]);
  expect(await operation(adapter, "--base", base)).toEqual([0, name, "merged", base]);
  expect(await operation(adapter)).toEqual([0, name, "adapter", null]);
  const { code, stderr } = await spectrap(["analyze", tuned, "--base", "/nowhere"]);
  expect(code).toBe(2);
  expect(stderr).toContain("CK_NOT_FOUND");
});
