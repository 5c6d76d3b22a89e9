import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { synthesize, type Truth } from "../../lib/checkpoint/synth/synthesize.ts";
import { compile, spectrap } from "../helpers/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "spectrap-screen-"));
const folder = join(scratch, "model");
let truth: Truth;
beforeAll(async () => {
  compile();
  truth = await synthesize(folder, { layers: 1, experts: 2, hidden: 512, intermediate: 512, vocab: 512 });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("spectrap screen", () => {
  test("names every planted entry first, in plan order, and none elsewhere", async () => {
    const { code, stdout } = await spectrap(["screen", folder, "--format", "json", "--quiet"]);
    expect(code).toBe(0);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(truth.matrices.length);
    const planted = truth.matrices.flatMap(({ name, outliers }) =>
      outliers.map(({ row, col, value }) => ({ name, row, column: col, value })),
    );
    expect(planted.length).toBeGreaterThan(0);
    for (const { name, ...entry } of planted) {
      const { ledger, predicted_traps } = rows.find((row) => row.name === name);
      expect(predicted_traps).toBeGreaterThan(0);
      expect(ledger).toContainEqual(expect.objectContaining(entry));
    }
    const quiet = rows.filter(({ name }) => !planted.some((entry) => entry.name === name));
    expect(
      quiet.filter(({ confidence, predicted_traps }) => confidence === "calibrated" && predicted_traps > 0),
    ).toEqual([]);
  });

  test("shows the suspicious ones, writes the list to protect, and fails on request", async () => {
    const list = join(scratch, "list.json");
    const args = ["screen", folder, "--confirm", "--protect", list, "--fail-on", "traps", "--quiet"];
    const { code, stdout } = await spectrap(args);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^distance to the first trap: -/);
    expect(stdout).toContain("importance needs a forward pass");
    const { schema, entries } = JSON.parse(readFileSync(list, "utf8"));
    expect(schema).toBe("spectrap-protect/1");
    expect(entries[0].margin).toBeGreaterThan(1);
  });
});
