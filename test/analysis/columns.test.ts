import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { columns, columnsOf, fromRecord, toRecord } from "../../lib/analysis/columns.ts";
import { fakeErrorRow, fakeRow } from "./fakes.ts";

/** WeightWatcher 0.7.5.5's columns that need only eigenvalues and eigenvectors, as its tables name them. */
const weightwatcher =
  `slice_id N M Q rf has_esd num_evals sv_max sv_min rank_loss weak_rank_loss lambda_max alpha xmin xmax D
  sigma num_pl_spikes num_fingers raw_alpha status warning norm log_norm spectral_norm log_spectral_norm alpha_weighted
  log_alpha_norm stable_rank matrix_rank entropy num_spikes sigma_mp mp_softrank W_scale bulk_max bulk_min
  rand_num_spikes rand_sigma_mp rand_mp_softrank rand_W_scale rand_bulk_max rand_bulk_min max_rand_eval rand_distance
  ww_softrank ww_maxdist detX_num detX_val detX_val_unrescaled
  bulk_mean_vec_entropy bulk_mean_loc_ratio bulk_mean_part_ratio bulk_var_vec_entropy bulk_var_loc_ratio bulk_var_part_ratio
  tail_mean_vec_entropy tail_mean_loc_ratio tail_mean_part_ratio tail_var_vec_entropy tail_var_loc_ratio
  tail_var_part_ratio`.split(/\s+/);

test("every column of WeightWatcher that needs only eigenvalues or eigenvectors is there under its name", () => {
  const names = columns.filter((column) => column.weightwatcher).map(({ name }) => name);
  expect(names.sort()).toEqual(weightwatcher.sort());
});

test("names and keys are unique, names are snake_case of keys", () => {
  expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
  for (const { key, name } of columns) {
    const squeezed = (text: string) => text.replaceAll("_", "").toLowerCase();
    expect(squeezed(name)).toBe(squeezed(key));
  }
});

test("a record has all columns of its row in their order, failed or not", () => {
  const row = fakeRow("a");
  const names = columns
    .filter(
      ({ key }) =>
        !/(Inverse|XminPeak|DropTop|^alphaFarms|^gofP|^trapPHolm|^trapQ|VecEntropy|LocRatio|PartRatio|Concentration)$/.test(
          key,
        ),
    )
    .map(({ name }) => name);
  expect(Object.keys(toRecord(row))).toEqual(names);
  expect(Object.keys(toRecord(fakeErrorRow("b")))).toEqual(names);
  expect(columnsOf(row).map(({ name }) => name)).toEqual(names);
});

test("every key of a row is in the table", () => {
  const keys = new Set<string>(columns.map(({ key }) => key));
  expect(Object.keys(fakeRow("a")).filter((key) => !keys.has(key))).toEqual([]);
});

test("a record speaks in column names, in its reasons too", () => {
  const row = fakeRow("a", { trapMargin: 1.5, WScale: null, reasons: { WScale: "mp_fit_failed" } });
  expect(toRecord(row)).toMatchObject({
    schema: "spectrap-row/1",
    trap_margin: 1.5,
    W_scale: null,
    error: null,
    reasons: { W_scale: "mp_fit_failed" },
  });
});

test("a record gives its row back, also after a way through JSON", () => {
  const reasons = { WScale: "mp_fit_failed", alphaInverse: "fit_failed" } as const;
  const rows = [
    fakeRow("a", { WScale: null, alphaInverse: null, reasons, randNumSpikesByReplica: [1, null] }),
    fakeErrorRow("b"),
  ];
  for (const row of rows) {
    expect(fromRecord(toRecord(row))).toEqual(row);
    expect(fromRecord(JSON.parse(JSON.stringify(toRecord(row))))).toEqual(row);
  }
});

test("docs/columns.md explains every column, and says the same about whose number it is", () => {
  const text = readFileSync(new URL("../../docs/columns.md", import.meta.url), "utf8");
  const documented = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, first, whose] = /^\| (`[^|]*) \|.*\| (WW|ours)[^|]* \|$/.exec(line) ?? [];
    for (const [, name] of (first ?? "").matchAll(/`([^`]+)`/g)) documented.set(name!, whose!);
  }
  const table = columns.map(({ name, weightwatcher }) => [name, weightwatcher ? "WW" : "ours"]);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(table));
});
