import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Screening, type ScreenRow, screen } from "../../lib/index.ts";
import { protectList, screenJson } from "../../lib/report/screen.ts";
import { gaussian } from "../helpers/memory-matrix.ts";
import { temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";
import { overwrite, rowsOf, tinyCopy, tinyFolder } from "./checkpoints.ts";

/** BF16 normal entries of deviation s with some planted; a short sequence repeats, which no test minds. */
function bf16(
  rows: number,
  cols: number,
  s: number,
  planted: [row: number, column: number, value: number][],
) {
  const words = new Uint16Array(rows * cols);
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  const code = (value: number) => {
    float[0] = value;
    return (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) >>> 16;
  };
  const period = Uint16Array.from(gaussian(Math.min(words.length, 99_991), rows), (z) => code(s * z));
  for (let at = 0; at < words.length; at += period.length) {
    words.set(period.subarray(0, Math.min(period.length, words.length - at)), at);
  }
  for (const [row, column, value] of planted) words[row * cols + column] = code(value);
  return new Uint8Array(words.buffer);
}

function checkpoint(matrices: { name: string; rows: number; cols: number; data: Uint8Array }[]): string {
  const file = join(temporaryFolder(), "model.safetensors");
  writeSafetensors(
    file,
    matrices.map(({ name, rows, cols, data }) => ({ name, dtype: "BF16", shape: [rows, cols], data })),
  );
  return file;
}

const down = (layer: number) => `model.layers.${layer}.mlp.down_proj.weight`;

async function all(screening: Screening): Promise<ScreenRow[]> {
  const rows: ScreenRow[] = [];
  for await (const row of screening) rows.push(row);
  return rows;
}

describe("screen", () => {
  test("has the margins of an analysis, in the order of the plan", async () => {
    const location = tinyFolder("hf");
    const rows = await all(screen(location));
    const analysed = await rowsOf(location, { shuffle: "never" });
    expect(rows.map(({ name }) => name)).toEqual(analysed.map(({ name }) => name));
    for (const [i, { trapMargin, meanMargin }] of rows.entries()) {
      expect(Math.abs(trapMargin! / analysed[i]!.trapMargin! - 1)).toBeLessThan(1e-6);
      expect(Math.abs(meanMargin! - analysed[i]!.meanMargin!)).toBeLessThan(1e-6);
    }
  });

  test("keeps as many entries as are asked for, the farthest from the mean first", async () => {
    const rows = await all(screen(tinyFolder("hf"), { entries: 3 }));
    for (const { ledger } of rows) {
      expect(ledger.length).toBeLessThanOrEqual(3);
      expect(ledger.map(({ margin }) => margin)).toEqual(
        ledger.map(({ margin }) => margin).sort((a, b) => b - a),
      );
    }
  });

  test("hundreds of outliers are all predicted, whatever the number of entries asked for", async () => {
    const [rows, cols] = [512, 256];
    const planted = Array.from({ length: 300 }, (_, k): [number, number, number] => [
      (k * 37) % rows,
      (k * 101) % cols,
      1 + k / 100,
    ]);
    const location = checkpoint([{ name: "w", rows, cols, data: bf16(rows, cols, 0.01, planted) }]);
    const [few] = await all(screen(location, { entries: 2 }));
    const [many] = await all(screen(location, { entries: 1024 }));
    expect(few!.reason).toBeNull();
    expect(few!.ledger).toEqual(many!.ledger.slice(0, 2));
    expect({ ...few, ledger: [] }).toEqual({ ...many, ledger: [] });
    expect(few!.predictedTraps).toBeGreaterThan(128);
  });

  test("a published coordinate of the real size is named first", async () => {
    const [rows, cols] = [4096, 11008];
    const data = bf16(rows, cols, 0.018, [[3968, 7003, -1.9268]]);
    const screening = screen(checkpoint([{ name: down(2), rows, cols, data }]), { threads: 1 });
    const [row] = await all(screening);
    expect(row!.predictedTraps).toBe(1);
    expect(row!.traps[0]!.p).toBeLessThan(1e-6);
    expect(row!.ledger[0]).toMatchObject({ row: 3968, column: 7003, tap: 0 });
    expect(row!.ledger[0]!.value).toBeCloseTo(-1.9268, 2);
    const norm = 0.018 ** 2 * cols + 1.9268 ** 2;
    expect(row!.ledger[0]!.rowShare).toBeCloseTo(1.9268 ** 2 / norm, 1);
    expect(row!.ledger[0]!.columnShare).toBeCloseTo(1.9268 ** 2 / (0.018 ** 2 * rows + 1.9268 ** 2), 1);
    const checks = await screening.coordinates();
    const llama = checks.find(({ model }) => model === "Llama-7B");
    expect(llama).toMatchObject({ rank: 1, foundInLayer: 2, transposed: false });
    expect(llama!.message).toContain("a candidate; importance needs a forward pass");
  });

  test("the misprinted layer is put right, in either storage", async () => {
    const [hidden, inner] = [2048, 8192];
    const pair = (transposed: boolean) =>
      [1, 2].map((layer) => {
        const at: [number, number, number] = transposed ? [8041, 1764, -0.5924] : [1764, 8041, -0.5924];
        const [rows, cols] = transposed ? [inner, hidden] : [hidden, inner];
        return { name: down(layer), rows, cols, data: bf16(rows, cols, 0.009, layer === 2 ? [at] : []) };
      });
    for (const transposed of [false, true]) {
      const screening = screen(checkpoint(pair(transposed)));
      await all(screening);
      const checks = await screening.coordinates();
      expect(checks.map(({ column }) => column)).toEqual([1710, 8041]);
      const [absent, moved] = checks;
      expect(absent).toMatchObject({ foundInLayer: null });
      expect(moved).toMatchObject({ layer: 1, foundInLayer: 2, rank: 1, transposed });
      expect(moved!.message).toContain(
        "not there, found in layer 2 (the published layer is a misprint), rank 1",
      );
    }
  });

  test("--confirm decomposes the matrices near a trap, and no others", async () => {
    const [rows, cols] = [256, 128];
    const planted = bf16(rows, cols, 0.02, [[17, 99, 0.02 * 2 * (rows * cols) ** 0.25]]);
    const location = checkpoint([
      { name: "loud", rows, cols, data: planted },
      { name: "quiet", rows, cols, data: bf16(rows, cols, 0.02, []) },
    ]);
    const screened = await all(screen(location, { confirm: true }));
    const [loud, quiet] = ["loud", "quiet"].map((name) => screened.find((row) => row.name === name)!);
    expect(loud!.predictedTraps).toBe(1);
    expect(loud!.confirmed!.traps).toBe(1);
    expect(loud!.confirmed!.lambdas[0]! / loud!.traps[0]!.lambda).toBeCloseTo(1, 0);
    expect(quiet!.confirmed).toBeNull();

    const list = JSON.parse(protectList(screened, 0.75));
    expect(list.entries).toMatchObject([{ name: "loud", row: 17, column: 99 }]);
    const record = JSON.parse(screenJson(loud!));
    expect(record).toMatchObject({
      schema: "spectrap-screen/1",
      name: "loud",
      predicted_traps: 1,
      error: null,
    });
    expect(record.ledger[0]).toMatchObject({ row: 17, column: 99, block_exponent: null });
  });

  test("a broken matrix has an error row, the others go on", async () => {
    const folder = tinyCopy();
    await overwrite(folder, "model.layers.0.mlp.experts.down_proj_scales", 0, [255]);
    const rows = await all(screen(folder));
    const failed = rows.filter(({ error }) => error !== null);
    expect(failed.map(({ name, error }) => [name, error!.code])).toEqual([
      ["layers.0.experts.0.down", "MX_SCALE_NAN"],
    ]);
    expect(rows.length).toBeGreaterThan(20);
  });

  test("refuses options it cannot keep, and stops when asked", async () => {
    expect(() => screen("x", { entries: -1 })).toThrow(expect.objectContaining({ code: "US_OPTION" }));
    const signal = AbortSignal.abort();
    await expect(all(screen(tinyFolder("hf"), { signal }))).rejects.toMatchObject({ code: "ERR_CANCELLED" });
  });
});
