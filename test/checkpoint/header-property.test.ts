import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HEADER_START, headerLength, parseHeader } from "../../lib/checkpoint/header.ts";
import type { Tensor } from "../../lib/checkpoint/tensor.ts";
import { SpectrapError } from "../../lib/solver/error.ts";
import { byteLength, safetensorsBytes, type TensorSpec } from "../helpers/safetensors-writer.ts";

const CODES = new Set(
  `ST_FILE_TOO_SHORT ST_HEADER_TOO_LARGE ST_HEADER_TRUNCATED ST_HEADER_EMPTY ST_HEADER_NOT_UTF8 ST_HEADER_NOT_JSON
  ST_HEADER_NOT_OBJECT ST_DUPLICATE_KEY ST_METADATA_INVALID ST_NAME_INVALID ST_ENTRY_INVALID ST_NUMBER_INVALID
  ST_DTYPE_UNKNOWN ST_SHAPE_INVALID ST_SIZE_OVERFLOW ST_SUBBYTE_MISALIGNED ST_OFFSETS_INVALID ST_SIZE_MISMATCH
  ST_OVERLAP ST_HOLE ST_DATA_TRUNCATED ST_TRAILING_BYTES ST_LIMIT`.split(/\s+/),
);

/** The tensors of a file given as bytes, or the code of its fault; any other exception goes through. */
function read(bytes: Uint8Array): Tensor[] | string {
  const file = { path: "memory", size: bytes.length, mtimeNs: 0n, inode: 0n };
  try {
    const length = headerLength(bytes.subarray(0, HEADER_START), file);
    return parseHeader(bytes.subarray(HEADER_START, HEADER_START + length), file);
  } catch (error) {
    if (error instanceof SpectrapError) return error.code;
    throw error;
  }
}

/** What must hold of any file that is not refused: its ranges cover its data exactly once. */
function expectSound(bytes: Uint8Array): void {
  const result = read(bytes);
  if (typeof result === "string") {
    expect(CODES).toContain(result);
    return;
  }
  const start = HEADER_START + Number(Buffer.from(bytes).readBigUInt64LE(0));
  const filled = result
    .filter((t) => t.bytes.end > t.bytes.begin)
    .sort((a, b) => a.bytes.begin - b.bytes.begin);
  let cursor = start;
  for (const { bytes: range } of filled) {
    expect(range.begin).toBe(cursor);
    cursor = range.end;
  }
  expect(cursor).toBe(bytes.length);
  expect(new Set(result.map(({ name }) => name)).size).toBe(result.length);
}

const spec: fc.Arbitrary<TensorSpec> = fc.record({
  name: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((name) => !name.includes("\0")),
  dtype: fc.constantFrom("F64", "F32", "BF16", "U8", "I64", "BOOL", "C64", "F8_E4M3"),
  shape: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }),
});

const specs = fc
  .uniqueArray(spec, { selector: ({ name }) => name, maxLength: 6 })
  .filter((tensors) => tensors.every(({ name }) => name !== "__metadata__"));

test("whatever a writer writes is read back", () => {
  fc.assert(
    fc.property(specs, (tensors) => {
      const found = read(safetensorsBytes(tensors)) as Tensor[];
      expect(found.map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual(
        tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
      );
      expect(found.map(({ bytes }) => bytes.end - bytes.begin)).toEqual(tensors.map(byteLength));
    }),
    { seed: 11, numRuns: 300 },
  );
});

describe("never another exception", () => {
  test("for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expectSound(bytes)),
      { seed: 12, numRuns: 500 },
    );
  });

  test("for any bytes behind an honest length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 20 }), (header, data) => {
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(header.length));
        expectSound(Buffer.concat([length, header, data]));
      }),
      { seed: 13, numRuns: 500 },
    );
  });

  test("for any JSON as header", () => {
    const header = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.dictionary(
        fc.string(),
        fc.record(
          {
            dtype: fc.constantFrom("F32", "U8", "F4", "F7", 3, null),
            shape: fc.oneof(fc.array(fc.maxSafeInteger(), { maxLength: 18 }), fc.constant("x")),
            data_offsets: fc.array(fc.oneof(fc.nat(40), fc.double()), { maxLength: 3 }),
          },
          { requiredKeys: [] },
        ),
      ),
    );
    fc.assert(
      fc.property(header, fc.nat(64), (value, size) => {
        const text = Buffer.from(JSON.stringify(value));
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(text.length));
        expectSound(Buffer.concat([length, text, Buffer.alloc(size)]));
      }),
      { seed: 14, numRuns: 1000 },
    );
  });

  test("for a valid file with any few bytes changed, or cut off anywhere", () => {
    fc.assert(
      fc.property(
        specs,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat()),
        (tensors, changes, cut) => {
          const bytes = safetensorsBytes(tensors);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          expectSound(cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1)));
        },
      ),
      { seed: 15, numRuns: 2000 },
    );
  });

  test("for a valid file with each bit of its first 512 bytes flipped", () => {
    const bytes = safetensorsBytes([
      { name: "model.layers.0.weight", dtype: "BF16", shape: [4, 8] },
      { name: 'é"\\', dtype: "U8", shape: [3] },
      { name: "scalar", dtype: "F32", shape: [] },
    ]);
    for (let bit = 0; bit < 8 * Math.min(512, bytes.length); bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expectSound(flipped);
    }
  });
});
