import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { weightMatrices } from "../../lib/checkpoint/matrices.ts";
import { openCheckpoint } from "../../lib/checkpoint/open.ts";
import { addon } from "../../lib/solver/addon.ts";
import { crcOf } from "../helpers/matrix-decode.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");

/** CRC-32 of every decoded matrix, by the independent generator. */
const TRUTH = JSON.parse(readFileSync(join(FIXTURES, "gpt-oss-tiny-truth.json"), "utf8")) as {
  name: string;
  crc32_f32le: string;
}[];

test.each(["hf", "original"])(
  "the native reader decodes the generator's %s layout, bit for bit",
  async (layout) => {
    const { matrices } = weightMatrices(await openCheckpoint(join(FIXTURES, `gpt-oss-tiny-${layout}`)));
    const decoded = matrices.map((matrix) => [
      matrix.name,
      crcOf(addon().decodeMatrix(matrix, 0) as Float32Array),
    ]);
    expect(Object.fromEntries(decoded)).toEqual(
      Object.fromEntries(TRUTH.map(({ name, crc32_f32le }) => [name, crc32_f32le])),
    );
  },
);
