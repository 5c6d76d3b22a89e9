import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveOptions } from "../../lib/analysis/options.ts";
import { runRecord } from "../../lib/analysis/record.ts";
import { summarize } from "../../lib/analysis/summary.ts";
import { csvHeader, csvRow } from "../../lib/report/csv.ts";
import { rowJson } from "../../lib/report/json-lines.ts";
import { RunFolder } from "../../lib/report/run-folder.ts";
import { FakeSolver, fakeErrorRow, fakeRow } from "../analysis/fakes.ts";

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "spectrap-out-"));
});
afterEach(() => rm(base, { recursive: true }));

test("rows are there as they come, the summary only at the end", async () => {
  const path = join(base, "deep", "run");
  const folder = await RunFolder.create(path);
  expect(await readdir(path)).toEqual([]);
  const rows = [fakeRow("a"), fakeErrorRow("b")];
  for (const row of rows) await folder.write(row);
  expect(await readFile(join(path, "rows.jsonl"), "utf8")).toBe(rows.map(rowJson).join(""));
  expect(await readFile(join(path, "rows.csv"), "utf8")).toBe(
    csvHeader(rows[0]!) + rows.map(csvRow).join(""),
  );
  expect(await readdir(path)).not.toContain("summary.json");

  const run = runRecord("x", resolveOptions({}), new FakeSolver(), new Date(0));
  await folder.finish({ summary: summarize(rows), skipped: [], run });
  expect(JSON.parse(await readFile(join(path, "summary.json"), "utf8"))).toMatchObject({
    summary: { schema: "spectrap-summary/1", matrices: 2, failed: 1 },
    skipped: [],
    run: {
      schema: "spectrap-run/1",
      location: "x",
      started: "1970-01-01T00:00:00.000Z",
      solver: { threads: 2 },
    },
  });
});

test("a folder that holds anything is refused, and left as it was", async () => {
  await writeFile(join(base, "notes.txt"), "mine");
  await expect(RunFolder.create(base)).rejects.toMatchObject({ code: "OUT_NOT_EMPTY", file: base });
  expect(await readdir(base)).toEqual(["notes.txt"]);
});

test("a place that cannot be a folder is an error that names it", async () => {
  const file = join(base, "file");
  await writeFile(file, "");
  await expect(RunFolder.create(file)).rejects.toMatchObject({ code: "OUT_WRITE", file });
});
