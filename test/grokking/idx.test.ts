import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readIdx } from "../../lib/grokking/tasks/idx.ts";
import { readIdxExamples } from "../../lib/grokking/tasks/idx-examples.ts";
import { temporaryFolder } from "../helpers/safetensors-writer.ts";

/** The bytes of an IDX file of unsigned bytes, right or wrong. */
function idx(shape: readonly number[], values: readonly number[], type = 0x08): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, type, shape.length]);
  for (const [i, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([head, Buffer.from(values)]);
}

function written(bytes: Uint8Array, name = "file"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

const pixels = [0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6];
const images = idx([2, 2, 3], pixels);
const labels = idx([2], [7, 0]);

test.each([
  ["raw", (bytes: Buffer) => bytes],
  ["gzip", gzipSync],
])("two images are read, %s", async (_, pack) => {
  const examples = await readIdxExamples(written(pack(images)), written(pack(labels)));
  expect(examples).toEqual({
    count: 2,
    width: 6,
    classes: 10,
    inputs: Float64Array.from(pixels, (pixel) => pixel / 255),
    labels: Uint32Array.of(7, 0),
  });
});

const many = idx([100, 100, 100], new Array(1_000_000).fill(0));

describe("a file that is not what it says", () => {
  const cases: [code: string, bytes: Uint8Array][] = [
    ["IDX_TRUNCATED", Buffer.alloc(0)],
    ["IDX_TRUNCATED", images.subarray(0, 3)],
    ["IDX_TRUNCATED", images.subarray(0, 15)],
    ["IDX_TRUNCATED", images.subarray(0, images.length - 1)],
    ["IDX_TRUNCATED", gzipSync(images.subarray(0, images.length - 1))],
    ["IDX_TRAILING_BYTES", Buffer.concat([images, Buffer.of(0)])],
    ["IDX_TRAILING_BYTES", gzipSync(Buffer.concat([images, Buffer.of(0)]))],
    ["IDX_TRAILING_BYTES", gzipSync(Buffer.concat([images, Buffer.alloc(50_000_000)]))],
    ["IDX_TRAILING_BYTES", Buffer.concat([gzipSync(images), Buffer.alloc(3)])],
    ["IDX_GZIP_INVALID", Buffer.concat([gzipSync(images), Buffer.from("more")])],
    ["IDX_BAD_MAGIC", Buffer.from("\x89PNG\r\n\x1a\n and so on")],
    ["IDX_BAD_MAGIC", idx([2, 2, 3], pixels, 0x0a)],
    ["IDX_BAD_MAGIC", gzipSync(Buffer.from("not an array"))],
    ["IDX_TYPE_UNSUPPORTED", idx([2, 2, 3], pixels, 0x0d)],
    ["IDX_DIMENSIONS", labels],
    ["IDX_DIMENSIONS", idx([1, 1, 2, 1], [1, 2])],
    ["IDX_EMPTY", idx([2, 0, 3], [])],
    ["IDX_LIMIT", idx([0xffffffff, 0xffffffff, 0xffffffff], pixels)],
    ["IDX_LIMIT", gzipSync(idx([0xffffffff, 0xffffffff, 0xffffffff], pixels))],
    ["IDX_GZIP_INVALID", gzipSync(many).subarray(0, 500)],
    ["IDX_GZIP_INVALID", Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 7, 2, 3, 4])],
  ];

  test.each(cases)("%s (case %#)", async (code, bytes) => {
    const path = written(bytes);
    await expect(readIdx(path, 3)).rejects.toMatchObject({ code, file: path });
  });

  test("a magic number that is none is shown", async () => {
    const path = written(Buffer.from([0, 0, 7, 3, 0, 0]));
    await expect(readIdx(path, 3)).rejects.toThrow(
      /file: begins with the bytes 00 00 07 03, which is no IDX/,
    );
  });

  test("a missing file", async () => {
    const path = join(temporaryFolder(), "missing");
    await expect(readIdx(path, 3)).rejects.toMatchObject({ code: "CK_NOT_FOUND", file: path });
  });
});

test("images and labels that do not belong together are refused", async () => {
  const three = written(idx([3], [1, 2, 3]));
  await expect(readIdxExamples(written(images), three)).rejects.toMatchObject({
    code: "IDX_COUNT_MISMATCH",
    file: three,
  });
  const large = written(idx([2], [7, 10]));
  await expect(readIdxExamples(written(images), large)).rejects.toMatchObject({
    code: "IDX_LABEL_RANGE",
    reason: "label 1 is 10, with 10 classes the largest is 9",
  });
  const wide = written(idx([1, 1, 65_537], new Array(65_537).fill(1)));
  await expect(readIdxExamples(wide, written(idx([1], [1])))).rejects.toMatchObject({
    code: "IDX_LIMIT",
    file: wide,
  });
});

test("docs/errors.md explains every code of the tasks", () => {
  const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const sources = ["idx", "idx-examples", "subset"].map((name) =>
    readFileSync(new URL(`../../lib/grokking/tasks/${name}.ts`, import.meta.url), "utf8"),
  );
  const codes = new Set(
    sources
      .join("")
      .match(/"(?:IDX|TASK)_[A-Z_]+"/g)!
      .map((code) => code.slice(1, -1)),
  );
  expect(codes.size).toBe(11);
  expect(new Set(page.match(/\b(?:IDX|TASK)_[A-Z_]+\b/g))).toEqual(codes);
});
