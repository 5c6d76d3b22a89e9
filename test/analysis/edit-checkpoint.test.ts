import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSourceHeader } from "../../lib/checkpoint/rewrite/source-header.ts";
import {
  analyze,
  type Edit,
  type EditOptions,
  editCheckpoint,
  eigenvalues,
  openCheckpoint,
  permutation,
  shuffleKey,
  type WeightMatrix,
  weightMatrices,
} from "../../lib/index.ts";
import { decodeMatrix } from "../helpers/matrix-decode.ts";
import { gaussian } from "../helpers/memory-matrix.ts";
import {
  headerText,
  rawSafetensors,
  type TensorSpec,
  temporaryFolder,
  writeSafetensors,
} from "../helpers/safetensors-writer.ts";
import { overwrite, rowsOf, tinyCopy, tinyFolder } from "./checkpoints.ts";

async function matricesOf(location: string): Promise<Map<string, WeightMatrix>> {
  const { matrices } = weightMatrices(await openCheckpoint(location));
  return new Map(matrices.map((matrix) => [matrix.name, matrix]));
}

/** Edits matrices by name; gives the folder of the new checkpoint and what was said of it. */
async function edit(
  location: string,
  edits: Record<string, Edit[]>,
  options: EditOptions = {},
  out = join(temporaryFolder(), "out"),
) {
  const checkpoint = await openCheckpoint(location);
  const matrices = await matricesOf(location);
  const wanted = Object.entries(edits).map(([name, edits]) => ({ matrix: matrices.get(name)!, edits }));
  return { out, ...(await editCheckpoint(checkpoint, wanted, out, { threads: 2, ...options })) };
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: { code?: string }) => error.code ?? error,
  );

/** Every tensor's dtype, shape, file name and bytes, by name. */
async function contents(location: string): Promise<Map<string, object>> {
  const { tensors } = await openCheckpoint(location);
  return new Map(
    tensors.map(({ name, dtype, shape, bytes: { file, begin, end } }) => [
      name,
      {
        dtype,
        shape,
        file: file.path.split("/").at(-1),
        bytes: readFileSync(file.path).subarray(begin, end).toString("base64"),
      },
    ]),
  );
}

const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [] : [entry.name]));

/** All files of a folder as they are on the disk. */
function files(folder: string): Record<string, string> {
  return Object.fromEntries(
    filesIn(folder).map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );
}

function bf16(values: Float32Array): Uint8Array {
  const words = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) words[i] = bits[i]! >>> 16;
  return new Uint8Array(words.buffer);
}

/** 96 × 64 and 64 × 96 of BF16, F16's zeros, F32 and a kernel, with metadata that a copy must keep. */
function denseFolder(): string {
  const folder = temporaryFolder();
  const planted = gaussian(96 * 64, 1);
  planted[5 * 64 + 7] = 40;
  const tensors: TensorSpec[] = [
    { name: "model.layers.0.mlp.up_proj.weight", dtype: "BF16", shape: [96, 64], data: bf16(planted) },
    {
      name: "model.layers.0.mlp.down_proj.weight",
      dtype: "BF16",
      shape: [64, 96],
      data: bf16(gaussian(6144, 2)),
    },
    { name: "norm.weight", dtype: "F32", shape: [7], data: new Uint8Array(gaussian(7, 3).buffer) },
    {
      name: "conv.weight",
      dtype: "F32",
      shape: [20, 12, 3, 1],
      data: new Uint8Array(gaussian(720, 4).buffer),
    },
    { name: "dense.weight", dtype: "F32", shape: [50, 40], data: new Uint8Array(gaussian(2000, 5).buffer) },
  ];
  const data = Buffer.concat(tensors.map((tensor) => tensor.data!));
  writeFileSync(
    join(folder, "model.safetensors"),
    rawSafetensors(headerText(tensors, { format: "pt", by: "somebody" }), data),
  );
  writeFileSync(join(folder, "config.json"), '{"model_type": "other", "quantization_config": {"bits": 4}}');
  writeFileSync(join(folder, "tokenizer.json"), "{}");
  writeFileSync(join(folder, "tokenizer.json.partial"), "{");
  mkdirSync(join(folder, "original"));
  symlinkSync("/etc/hostname", join(folder, "link.txt"));
  return folder;
}
const UP = "model.layers.0.mlp.up_proj.weight";
const DOWN = "model.layers.0.mlp.down_proj.weight";

describe("what is not edited", () => {
  test("stays byte for byte, header, metadata and other files included, and so does the original", async () => {
    const folder = denseFolder();
    const before = files(folder);
    const { out, warnings, converted } = await edit(folder, { [UP]: [{ kind: "entry", row: 5, column: 7 }] });
    expect(files(folder)).toEqual(before);
    expect(converted).toBe(false);
    const after = files(out);
    expect(Object.keys(after).sort()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
    expect(after["config.json"]).toBe(before["config.json"]);
    const [old, fresh] = [folder, out].map((place) => readFileSync(join(place, "model.safetensors")));
    expect(fresh!.length).toBe(old!.length);
    const changed = [...old!.keys()].filter((i) => old![i] !== fresh![i]);
    const { tensors } = await openCheckpoint(folder);
    const begin = tensors.find(({ name }) => name === UP)!.bytes.begin + 2 * (5 * 64 + 7);
    expect(changed.every((i) => i === begin || i === begin + 1)).toBe(true);
    expect(changed.length).toBeGreaterThan(0);
    expect(warnings.map((warning) => warning.code)).toEqual([
      "EDIT_LOAD_BEARING",
      "RW_LEFT_OUT",
      "RW_LEFT_OUT",
      "RW_LEFT_OUT",
    ]);
  });

  test("of shards whose attention is edited, experts stay MXFP4", async () => {
    const folder = tinyFolder("hf");
    const { out, converted } = await edit(folder, { "layers.1.k_proj": [{ kind: "keep", top: 3 }] });
    expect(converted).toBe(false);
    const [before, after] = [await contents(folder), await contents(out)];
    const tensor = "model.layers.1.self_attn.k_proj.weight";
    expect(after.get(tensor)).not.toEqual(before.get(tensor));
    after.set(tensor, before.get(tensor)!);
    expect(after).toEqual(before);
    expect(files(out)["config.json"]).toBe(files(folder)["config.json"]);
  });

  test("of the original layout, q, k and v are edited in their rows of one tensor", async () => {
    const folder = tinyFolder("original");
    const { out } = await edit(folder, { "layers.0.k_proj": [{ kind: "keep", top: 3 }] });
    const [before, after] = [await matricesOf(folder), await matricesOf(out)];
    for (const [name, matrix] of before) {
      const same = expect(decodeMatrix(after.get(name)!));
      if (name === "layers.0.k_proj") same.not.toEqual(decodeMatrix(matrix));
      else same.toEqual(decodeMatrix(matrix));
    }
  });

  test("a file named by itself is copied with its config.json alone", async () => {
    const folder = denseFolder();
    const { out } = await edit(join(folder, "model.safetensors"), { [UP]: [{ kind: "mean" }] });
    expect(readdirSync(out).sort()).toEqual(["config.json", "model.safetensors"]);
  });
});

describe("experts in MXFP4", () => {
  const EDITED = "layers.0.experts.1.gate";

  test("all become BF16 without loss, under the names of that layout", async () => {
    const folder = tinyFolder("hf");
    const { out, converted, warnings } = await edit(folder, { [EDITED]: [{ kind: "keep", top: 4 }] });
    expect(converted).toBe(true);
    expect(warnings.map((warning) => warning.code)).toEqual(["EDIT_CONVERTED"]);

    const before = await matricesOf(folder);
    const after = await matricesOf(out);
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [name, matrix] of before) {
      const now = after.get(name)!;
      expect([now.rows, now.cols, now.role]).toEqual([matrix.rows, matrix.cols, matrix.role]);
      if (name === EDITED) continue;
      // Object.is tells −0 from 0.
      const [old, fresh] = [decodeMatrix(matrix), decodeMatrix(now)];
      expect(fresh.findIndex((value, i) => !Object.is(value, old[i]))).toBe(-1);
    }

    const [was, is] = [await contents(folder), await contents(out)];
    const other = ([name]: [string, object]) => !/_(blocks|scales)$|(gate_up|down)_proj$/.test(name);
    expect([...is].filter(other)).toEqual([...was].filter(other));
    const names = [...was.keys()].filter((name) => name.endsWith("_blocks"));
    expect(names).toHaveLength(4);
    for (const name of names) {
      const base = name.replace("_blocks", "");
      const shape = name.includes("gate_up") ? [2, 64, 64] : [2, 32, 64];
      const file = (was.get(name) as { file: string }).file;
      expect(is.get(base)).toMatchObject({ dtype: "BF16", shape, file });
      expect(is.has(name) || is.has(`${base}_scales`)).toBe(false);
    }
  });

  test("config.json and index say so, and keep the rest", async () => {
    const folder = tinyCopy("hf");
    const index = JSON.parse(readFileSync(join(folder, "model.safetensors.index.json"), "utf8"));
    index.metadata.by = "somebody";
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify(index));
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    config.quantization_config = { quant_method: "mxfp4" };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    const { out, files: written } = await edit(folder, { [EDITED]: [{ kind: "mean" }] });
    const { quantization_config: _, ...rest } = config;
    expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toEqual(rest);
    const fresh = JSON.parse(readFileSync(join(out, "model.safetensors.index.json"), "utf8"));
    expect(fresh.metadata.by).toBe("somebody");
    const { warnings, tensors } = await openCheckpoint(out);
    expect(warnings).toEqual([]);
    expect(fresh.metadata.total_size).toBe(
      tensors.reduce((sum, { bytes }) => sum + bytes.end - bytes.begin, 0),
    );
    for (const { name, bytes } of written) expect(statSync(join(out, name)).size).toBe(bytes);
  });

  test("can be edited again once they are BF16, gate without up", async () => {
    const first = await edit(tinyFolder("hf"), { [EDITED]: [{ kind: "keep", top: 32 }] });
    expect(first.matrices).toEqual([
      { name: EDITED, edits: [{ kind: "keep", top: 32 }], change: 0, rounding: 0 },
    ]);
    const second = await edit(first.out, { [EDITED]: [{ kind: "entry", row: 3, column: 9 }] });
    expect(second.converted).toBe(false);
    const [before, after] = [await matricesOf(first.out), await matricesOf(second.out)];
    for (const [name, matrix] of before) {
      const [old, fresh] = [decodeMatrix(matrix), decodeMatrix(after.get(name)!)];
      const changed = [...old.keys()].filter((i) => !Object.is(old[i], fresh[i]));
      expect(changed).toEqual(name === EDITED ? [3 * 64 + 9] : []);
    }
  });

  test("of OpenAI's layout become BF16 under its names, [experts, out, in]", async () => {
    const folder = tinyCopy("original");
    const dtypes = { "block.0.mlp.mlp1_weight.blocks": "FP4", "block.0.mlp.mlp1_weight.scales": "UE8" };
    writeFileSync(join(folder, "dtypes.json"), JSON.stringify({ "norm.scale": "BF16", ...dtypes }));
    const { out, converted } = await edit(folder, { [EDITED]: [{ kind: "entry", row: 3, column: 9 }] });
    expect(converted).toBe(true);
    const opened = await openCheckpoint(out);
    expect([opened.layout, opened.warnings]).toEqual(["gpt-oss-original", []]);

    const [before, after] = [await matricesOf(folder), await matricesOf(out)];
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [name, matrix] of before) {
      const [old, fresh] = [decodeMatrix(matrix), decodeMatrix(after.get(name)!)];
      const changed = [...old.keys()].filter((i) => !Object.is(old[i], fresh[i]));
      expect(changed).toEqual(name === EDITED ? [3 * matrix.cols + 9] : []);
    }

    const is = await contents(out);
    const gate = before.get(EDITED)!;
    expect(is.get("block.0.mlp.mlp1_weight")).toMatchObject({
      dtype: "BF16",
      shape: [2, 2 * gate.rows, gate.cols],
    });
    expect([...is.keys()].filter((name) => /weight\.(blocks|scales)$/.test(name))).toEqual([]);
    // Row 6 of the first expert's pair is row 3 of gate, as the codes had it.
    const [first] = await matricesOf(out).then((all) => [all.get("layers.0.experts.0.gate")!]);
    expect(first!.source).toMatchObject({ offset: 0, rowStride: 2 * gate.cols, colStride: 1 });

    const json = (name: string) => JSON.parse(readFileSync(join(out, name), "utf8"));
    expect(json("dtypes.json")).toEqual({ "norm.scale": "BF16", "block.0.mlp.mlp1_weight": "BF16" });
    expect(files(out)["config.json"]).toBe(files(folder)["config.json"]);

    const again = await edit(out, { [EDITED]: [{ kind: "keep", top: 2 }] });
    expect(again.converted).toBe(false);
  });

  test("whose name as floats is taken cannot be written", async () => {
    const folder = temporaryFolder();
    const stem = "model.layers.0.mlp.experts.down_proj";
    writeSafetensors(join(folder, "model.safetensors"), [
      { name: `${stem}_blocks`, dtype: "U8", shape: [1, 32, 1, 16], data: new Uint8Array(512) },
      { name: `${stem}_scales`, dtype: "U8", shape: [1, 32, 1], data: new Uint8Array(32).fill(127) },
      { name: stem, dtype: "BF16", shape: [1, 32, 32], data: new Uint8Array(2048) },
    ]);
    const packed = [...(await matricesOf(folder)).values()].find(
      ({ source }) => source.encoding === "MXFP4",
    )!;
    const { out, failed } = await failing(folder, { [packed.name]: [{ kind: "mean" }] }, { force: true });
    expect([failed, existsSync(out)]).toEqual(["RW_LAYOUT", false]);
  });

  test("that are broken elsewhere stop the edit", async () => {
    const folder = tinyCopy();
    await overwrite(folder, "model.layers.1.mlp.experts.down_proj_scales", 5, [255]);
    const { out, failed } = await failing(folder, { [EDITED]: [{ kind: "mean" }] });
    expect([failed, existsSync(out)]).toEqual(["MX_SCALE_NAN", false]);
  });
});

describe("the edits", () => {
  const spectrumOf = async (location: string, name: string, tap = 0) => {
    const matrix = (await matricesOf(location)).get(name)!;
    const { rows, cols } = matrix;
    return eigenvalues({ values: decodeMatrix(matrix, tap), rows, cols });
  };

  test("smoothing leaves the top eigenvalues and zeros, up to the rounding that it reports", async () => {
    const folder = denseFolder();
    for (const [name, k] of [
      [UP, 9],
      [DOWN, 20],
      ["dense.weight", 1],
    ] as const) {
      const { out, matrices } = await edit(folder, { [name]: [{ kind: "keep", top: k }] });
      const [before, after] = [await spectrumOf(folder, name), await spectrumOf(out, name)];
      const M = before.length;
      const norm = Math.sqrt(before.reduce((sum, value) => sum + value, 0));
      const { rounding, change } = matrices[0]!;
      expect(rounding).toBeLessThan(name === "dense.weight" ? 2 ** -24 : 2 ** -8);
      // Weyl: a singular value moves by no more than the norm of what rounding adds.
      for (let i = 0; i < M; i++) {
        const target = i >= M - k ? Math.sqrt(before[i]!) : 0;
        expect(Math.abs(Math.sqrt(after[i]!) - target)).toBeLessThanOrEqual(
          1.001 * rounding * norm + 1e-6 * norm,
        );
      }
      const lost = before.slice(0, M - k).reduce((sum, value) => sum + value, 0);
      expect(Math.abs(change - Math.sqrt(lost) / norm)).toBeLessThanOrEqual(rounding + 1e-6);
    }
  });

  test("keeping all M components keeps the bytes", async () => {
    const folder = denseFolder();
    for (const top of [64, 65]) {
      const { out, matrices } = await edit(folder, { [UP]: [{ kind: "keep", top }] });
      expect(await contents(out)).toEqual(await contents(folder));
      expect(matrices[0]).toMatchObject({ change: 0, rounding: 0 });
    }
  });

  test("an entry that is removed takes the margin of its trap with it", async () => {
    const folder = denseFolder();
    const { out } = await edit(folder, { [UP]: [{ kind: "entry", row: 5, column: 7 }] });
    const [before] = await rowsOf(folder, { layers: [UP] });
    const [after] = await rowsOf(out, { layers: [UP] });
    expect(before!.trapMargin).toBeGreaterThan(4);
    expect(before!.randNumSpikes).toBeGreaterThan(0);
    expect(after!.trapMargin).toBeLessThan(0.5);
    expect(after!.randNumSpikes).toBe(0);
  });

  test("a mean that is subtracted takes the mean's margin with it", async () => {
    const folder = temporaryFolder();
    const values = gaussian(5000, 6).map((value) => value + 0.5);
    const data = new Uint8Array(values.buffer);
    writeSafetensors(join(folder, "model.safetensors"), [
      { name: "w.weight", dtype: "F32", shape: [100, 50], data },
    ]);
    const { out } = await edit(folder, { "w.weight": [{ kind: "mean" }] });
    const [before] = await rowsOf(folder);
    const [after] = await rowsOf(out);
    expect(before!.meanMargin).toBeGreaterThan(3);
    expect(after!.meanMargin).toBeLessThan(1e-6);
    expect(after!.trapMargin).toBeCloseTo(before!.trapMargin!, 4);
  });

  test("a component is that of the shuffle an analysis with the same seed makes", async () => {
    const folder = denseFolder();
    const seed = 11;
    const { out } = await edit(folder, { [UP]: [{ kind: "component", index: 1 }] }, { seed });
    const shuffled = async (location: string) => {
      const values = decodeMatrix((await matricesOf(location)).get(UP)!);
      const sigma = permutation(shuffleKey(seed, UP), values.length);
      return eigenvalues({ values: Float32Array.from(sigma, (from) => values[from]!), rows: 96, cols: 64 });
    };
    const [before, after] = [await shuffled(folder), await shuffled(out)];
    expect(Math.sqrt(before[63]!)).toBeGreaterThan(40);
    expect(Math.sqrt(after[0]!)).toBeLessThan(0.5);
    for (let i = 1; i < 64; i++) expect(Math.sqrt(after[i]!)).toBeCloseTo(Math.sqrt(before[i - 1]!), 0);
    // One entry makes this component, and it is nearly gone.
    const [old, fresh] = [folder, out].map(async (place) => decodeMatrix((await matricesOf(place)).get(UP)!));
    expect(Math.abs((await old)![5 * 64 + 7]!)).toBe(40);
    expect(Math.abs((await fresh)![5 * 64 + 7]!)).toBeLessThan(4);
    const rows: number[] = [];
    for await (const row of analyze(out, { layers: [UP], seed })) rows.push(row.randNumSpikes!);
    expect(rows).toEqual([0]);
  });

  test("a kernel is edited tap by tap", async () => {
    const folder = denseFolder();
    const { out } = await edit(folder, { "conv.weight": [{ kind: "entry", row: 2, column: 3, tap: 1 }] });
    const [old, fresh] = [await matricesOf(folder), await matricesOf(out)].map((matrices) =>
      [0, 1, 2].map((tap) => decodeMatrix(matrices.get("conv.weight")!, tap)),
    );
    for (const tap of [0, 1, 2]) {
      const changed = [...old![tap]!.keys()].filter((i) => old![tap]![i] !== fresh![tap]![i]);
      expect(changed).toEqual(tap === 1 ? [2 * 12 + 3] : []);
    }
    const smooth = await edit(folder, { "conv.weight": [{ kind: "keep", top: 2 }] });
    for (const tap of [0, 1, 2]) {
      const values = await spectrumOf(smooth.out, "conv.weight", tap);
      expect(values[9]!).toBeLessThan(1e-9);
      expect(values[10]!).toBeGreaterThan(1);
    }
  });
});

/** Runs an edit that fails; gives the code and where it would have written. */
async function failing(
  location: string,
  edits: Record<string, Edit[]>,
  options: EditOptions = {},
  out = join(temporaryFolder(), "out"),
) {
  return { out, failed: await code(edit(location, edits, options, out)) };
}

describe("refusals, after which nothing is left", () => {
  const ENTRY: Edit = { kind: "entry", row: 1, column: 2 };

  test.each<[string, Edit[]]>([
    ["entry", [ENTRY]],
    ["component", [{ kind: "component", index: 1 }]],
  ])("%s of a down-projection, unless forced", async (_, edits) => {
    const folder = denseFolder();
    const { out, failed } = await failing(folder, { [DOWN]: edits });
    expect([failed, existsSync(out)]).toEqual(["EDIT_DOWN_PROJECTION", false]);
    const forced = await edit(folder, { [DOWN]: edits }, { force: true });
    expect(forced.warnings[0]!.code).toBe("EDIT_LOAD_BEARING");
  });

  test("smoothing and the mean of a down-projection are not refused", async () => {
    const folder = denseFolder();
    expect((await edit(folder, { [DOWN]: [{ kind: "keep", top: 3 }] })).warnings[0]!.code).toBe(
      "RW_LEFT_OUT",
    );
    expect((await edit(folder, { [DOWN]: [{ kind: "mean" }] })).warnings[0]!.code).toBe("EDIT_LOAD_BEARING");
  });

  test.each<[string, Edit[]]>([
    ["a row too many", [{ kind: "entry", row: 96, column: 0 }]],
    ["a negative column", [{ kind: "entry", row: 0, column: -1 }]],
    ["a tap of a matrix", [{ kind: "entry", row: 0, column: 0, tap: 1 }]],
    ["component 0", [{ kind: "component", index: 0 }]],
    ["a component too many", [{ kind: "component", index: 65 }]],
    ["nothing kept", [{ kind: "keep", top: 0 }]],
    [
      "kept twice",
      [
        { kind: "keep", top: 1 },
        { kind: "keep", top: 2 },
      ],
    ],
    ["edits of two kinds", [{ kind: "keep", top: 1 }, { kind: "mean" }]],
  ])("%s", async (_, edits) => {
    const { out, failed } = await failing(denseFolder(), { [UP]: edits });
    expect([failed, existsSync(out)]).toEqual(["US_OPTION", false]);
  });

  test("a folder that is not empty, or is a file", async () => {
    const out = temporaryFolder();
    writeFileSync(join(out, "mine.txt"), "mine");
    expect((await failing(denseFolder(), { [UP]: [ENTRY] }, {}, out)).failed).toBe("RW_NOT_EMPTY");
    expect(readdirSync(out)).toEqual(["mine.txt"]);
    expect((await failing(denseFolder(), { [UP]: [ENTRY] }, {}, join(out, "mine.txt"))).failed).toBe(
      "RW_WRITE",
    );
  });

  test("the source, a folder in it, and links to it", async () => {
    const folder = denseFolder();
    const before = files(folder);
    const link = join(temporaryFolder(), "link");
    symlinkSync(folder, link);
    for (const out of [folder, `${folder}/.`, join(folder, "new", "deeper"), link, join(link, "new")]) {
      expect((await failing(folder, { [UP]: [ENTRY] }, {}, out)).failed).toBe("RW_SOURCE");
    }
    expect(files(folder)).toEqual(before);
  });

  test("a NaN, and a result beyond the type", async () => {
    const folder = temporaryFolder();
    const data = new Uint8Array(Uint16Array.of(0x7e00, 1, 2, 3, 0xfbff, 0x7bff, 0x7bff, 0x7bff).buffer);
    writeSafetensors(join(folder, "model.safetensors"), [
      { name: "a.weight", dtype: "F16", shape: [2, 2], data: data.subarray(0, 8) },
      { name: "b.weight", dtype: "F16", shape: [2, 2], data: data.subarray(8) },
    ]);
    for (const [name, expected] of [
      ["a.weight", "NON_FINITE"],
      ["b.weight", "EDIT_RANGE"],
    ]) {
      const { out, failed } = await failing(folder, { [name!]: [{ kind: "mean" }] });
      expect([failed, existsSync(out)]).toEqual([expected, false]);
    }
  });

  test("a budget that is too small, and an abort", async () => {
    const edits: Record<string, Edit[]> = { [UP]: [{ kind: "keep", top: 2 }] };
    const tight = await failing(denseFolder(), edits, { memoryBytes: 1000 });
    expect([tight.failed, existsSync(tight.out)]).toEqual(["MEMORY_BUDGET", false]);
    const stop = new AbortController();
    const aborted = await failing(denseFolder(), edits, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect([aborted.failed, existsSync(aborted.out)]).toEqual(["ERR_CANCELLED", false]);
  });

  test("a source that changes after it was opened", async () => {
    const folder = denseFolder();
    const checkpoint = await openCheckpoint(folder);
    const matrix = (await matricesOf(folder)).get(UP)!;
    const path = join(folder, "model.safetensors");
    writeFileSync(path, readFileSync(path));
    const out = join(temporaryFolder(), "out");
    expect(await code(editCheckpoint(checkpoint, [{ matrix, edits: [ENTRY] }], out))).toBe("CK_FILE_CHANGED");
    expect(existsSync(out)).toBe(false);
  });

  test("a folder that was there, and empty, stays", async () => {
    const out = temporaryFolder();
    const { failed } = await failing(
      denseFolder(),
      { [UP]: [{ kind: "keep", top: 2 }] },
      { memoryBytes: 1000 },
      out,
    );
    expect([failed, readdirSync(out)]).toEqual(["MEMORY_BUDGET", []]);
  });
});

test("the header of a source is read with what a copy must keep of it", async () => {
  const folder = denseFolder();
  const checkpoint = await openCheckpoint(folder);
  const { metadata, tensors, head } = await readSourceHeader(checkpoint.files[0]!);
  expect(metadata).toEqual({ format: "pt", by: "somebody" });
  expect(tensors.map(({ bytes }) => bytes.begin)).toEqual(
    tensors.map(({ bytes }) => bytes.begin).sort((a, b) => a - b),
  );
  expect(head.length).toBe(tensors[0]!.bytes.begin);
});

test("the hub's cache: files are links into its blobs, and blobs is no place to write", async () => {
  const cache = join(temporaryFolder(), "models--a--b");
  const snapshot = join(cache, "snapshots", "0123");
  mkdirSync(join(cache, "blobs"), { recursive: true });
  mkdirSync(snapshot, { recursive: true });
  for (const [i, name] of readdirSync(tinyFolder("hf")).entries()) {
    cpSync(join(tinyFolder("hf"), name), join(cache, "blobs", `${i}`));
    symlinkSync(join("..", "..", "blobs", `${i}`), join(snapshot, name));
  }
  const edits: Record<string, Edit[]> = { "layers.0.q_proj": [{ kind: "keep", top: 5 }] };
  const { out } = await edit(snapshot, edits);
  expect(readdirSync(out).sort()).toEqual(readdirSync(tinyFolder("hf")).sort());
  expect((await failing(snapshot, edits, {}, join(cache, "blobs", "new"))).failed).toBe("RW_SOURCE");
  expect(execFileSync("find", [out, "-type", "l"]).toString()).toBe("");
});
