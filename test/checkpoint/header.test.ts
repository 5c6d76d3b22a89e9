import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../lib/checkpoint/open.ts";
import { readSafetensors } from "../../lib/checkpoint/safetensors.ts";
import {
  byteLength,
  headerText,
  rawSafetensors,
  safetensorsBytes,
  type TensorSpec,
  temporaryFolder,
  writeSafetensors,
} from "../helpers/safetensors-writer.ts";

function file(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), "model.safetensors");
  writeFileSync(path, bytes);
  return path;
}

/** One F32 [2, 2] named "w", with parts of its entry replaced by any text. */
function entry(
  change: { dtype?: string; shape?: string; offsets?: string; name?: string; more?: string } = {},
): string {
  const { dtype = '"F32"', shape = "[2,2]", offsets = "[0,16]", name = "w", more = "" } = change;
  return `{"${name}":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}${more}}}`;
}

const W = '{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}';
const DATA = new Uint8Array(16);
const length = (value: bigint, size: number) => {
  const bytes = Buffer.alloc(size);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const utf8 = (...bytes: number[]) =>
  Buffer.concat([Buffer.from('{"'), Buffer.from(bytes), Buffer.from(`":${W}}`)]);

/** The first faults of section 5.3 of the format notes: name, code, bytes of the file. */
const CORRUPT: [string, string, Uint8Array][] = [
  ["bad_empty_file", "ST_FILE_TOO_SHORT", new Uint8Array()],
  ["bad_seven_bytes", "ST_FILE_TOO_SHORT", new Uint8Array(7)],
  ["bad_header_huge", "ST_HEADER_TOO_LARGE", length(2n ** 63n, 100)],
  ["bad_header_huge by one", "ST_HEADER_TOO_LARGE", length(100_000_001n, 100)],
  ["bad_header_past_eof", "ST_HEADER_TRUNCATED", length(1000n, 100)],
  ["bad_header_past_eof by one", "ST_HEADER_TRUNCATED", length(93n, 100)],
  ["bad_header_zero", "ST_HEADER_EMPTY", length(0n, 100)],
  ["bad_header_one", "ST_HEADER_EMPTY", length(1n, 100)],
  ["bad_utf8", "ST_HEADER_NOT_UTF8", rawSafetensors(utf8(0xff), DATA)],
  ["bad_utf8 overlong", "ST_HEADER_NOT_UTF8", rawSafetensors(utf8(0xc0, 0xaf), DATA)],
  ["bad_utf8 surrogate", "ST_HEADER_NOT_UTF8", rawSafetensors(utf8(0xed, 0xa0, 0x80), DATA)],
  ["bad_utf8 byte order mark", "ST_HEADER_NOT_UTF8", rawSafetensors(`\ufeff${entry()}`, DATA)],
  ["bad_json", "ST_HEADER_NOT_JSON", rawSafetensors('{"w":')],
  ["bad_json second brace", "ST_HEADER_NOT_JSON", rawSafetensors(`${entry()}}`, DATA)],
  ["bad_json deep", "ST_HEADER_NOT_JSON", rawSafetensors(`${"[".repeat(100)}${"]".repeat(100)}`)],
  ["bad_json five levels", "ST_HEADER_NOT_JSON", rawSafetensors('{"a":{"b":[[[]]]}}')],
  ["bad_json single quotes", "ST_HEADER_NOT_JSON", rawSafetensors("{'w':1}")],
  ["bad_json trailing comma", "ST_HEADER_NOT_JSON", rawSafetensors('{"w":1,}')],
  ["bad_json leading zero", "ST_HEADER_NOT_JSON", rawSafetensors(entry({ shape: "[02,2]" }), DATA)],
  ["bad_array_root", "ST_HEADER_NOT_OBJECT", rawSafetensors("[]")],
  ["bad_null_root", "ST_HEADER_NOT_OBJECT", rawSafetensors("null")],
  ["bad_dup_key", "ST_DUPLICATE_KEY", rawSafetensors(`{"w":${W},"w":${W}}`, DATA)],
  ["bad_dup_key_escaped", "ST_DUPLICATE_KEY", rawSafetensors(`{"w":${W},"\\u0077":${W}}`, DATA)],
  ["bad_dup_inner", "ST_DUPLICATE_KEY", rawSafetensors(entry({ more: ',"shape":[2,2]' }), DATA)],
  [
    "bad_dup_metadata",
    "ST_DUPLICATE_KEY",
    rawSafetensors(`{"__metadata__":{"a":"1","a":"1"},"w":${W}}`, DATA),
  ],
  ["bad_metadata", "ST_METADATA_INVALID", rawSafetensors(`{"__metadata__":{"a":1},"w":${W}}`, DATA)],
  ["bad_metadata array", "ST_METADATA_INVALID", rawSafetensors(`{"__metadata__":[],"w":${W}}`, DATA)],
  ["bad_name empty", "ST_NAME_INVALID", rawSafetensors(entry({ name: "" }), DATA)],
  ["bad_name long", "ST_NAME_INVALID", rawSafetensors(entry({ name: "x".repeat(5000) }), DATA)],
  ["bad_name long in bytes", "ST_NAME_INVALID", rawSafetensors(entry({ name: "é".repeat(2049) }), DATA)],
  ["bad_name NUL", "ST_NAME_INVALID", rawSafetensors(entry({ name: "a\\u0000b" }), DATA)],
  ["bad_name surrogate", "ST_NAME_INVALID", rawSafetensors(entry({ name: "a\\ud800b" }), DATA)],
  ["bad_entry_missing", "ST_ENTRY_INVALID", rawSafetensors('{"w":{"dtype":"F32","shape":[2,2]}}', DATA)],
  ["bad_entry three offsets", "ST_ENTRY_INVALID", rawSafetensors(entry({ offsets: "[0,8,16]" }), DATA)],
  ["bad_entry extra member", "ST_ENTRY_INVALID", rawSafetensors(entry({ more: ',"x":1' }), DATA)],
  ["bad_entry not an object", "ST_ENTRY_INVALID", rawSafetensors('{"w":[]}', DATA)],
  ["bad_entry dtype type", "ST_ENTRY_INVALID", rawSafetensors(entry({ dtype: "1" }), DATA)],
  ["bad_entry shape type", "ST_ENTRY_INVALID", rawSafetensors(entry({ shape: '["2",2]' }), DATA)],
  ["bad_number 2.0", "ST_NUMBER_INVALID", rawSafetensors(entry({ shape: "[2.0,2]" }), DATA)],
  ["bad_number 1e3", "ST_NUMBER_INVALID", rawSafetensors(entry({ shape: "[1e3,2]" }), DATA)],
  ["bad_number -1", "ST_NUMBER_INVALID", rawSafetensors(entry({ shape: "[-1,2]" }), DATA)],
  ["bad_number -0", "ST_NUMBER_INVALID", rawSafetensors(entry({ offsets: "[-0,16]" }), DATA)],
  ["bad_number 2^53+1", "ST_NUMBER_INVALID", rawSafetensors(entry({ shape: "[9007199254740993,2]" }), DATA)],
  ["bad_number 2^53", "ST_NUMBER_INVALID", rawSafetensors(entry({ shape: "[9007199254740992,0]" }), DATA)],
  ["bad_dtype F7", "ST_DTYPE_UNKNOWN", rawSafetensors(entry({ dtype: '"F7"' }), DATA)],
  ["bad_dtype bf16", "ST_DTYPE_UNKNOWN", rawSafetensors(entry({ dtype: '"bf16"' }), DATA)],
  ["bad_dtype __proto__", "ST_DTYPE_UNKNOWN", rawSafetensors(entry({ dtype: '"__proto__"' }), DATA)],
  ["bad_rank", "ST_SHAPE_INVALID", rawSafetensors(entry({ shape: `[${Array(17).fill(1)}]` }), DATA)],
  [
    "bad_overflow",
    "ST_SIZE_OVERFLOW",
    rawSafetensors(entry({ shape: "[1099511627776,1099511627776]" }), DATA),
  ],
  [
    "bad_overflow by bits",
    "ST_SIZE_OVERFLOW",
    rawSafetensors(entry({ shape: "[4294967296,134217728]" }), DATA),
  ],
  ["bad_f4_odd", "ST_SUBBYTE_MISALIGNED", rawSafetensors(entry({ dtype: '"F4"', shape: "[3]" }), DATA)],
  ["bad_f6_odd", "ST_SUBBYTE_MISALIGNED", rawSafetensors(entry({ dtype: '"F6_E2M3"', shape: "[2]" }), DATA)],
  ["bad_offsets_reversed", "ST_OFFSETS_INVALID", rawSafetensors(entry({ offsets: "[16,0]" }), DATA)],
  ["bad_size_mismatch", "ST_SIZE_MISMATCH", rawSafetensors(entry({ offsets: "[0,12]" }), new Uint8Array(12))],
  [
    "bad_size beyond 2^53",
    "ST_SIZE_MISMATCH",
    rawSafetensors(entry({ shape: "[4294967296,67108864]" }), DATA),
  ],
  [
    "bad_overlap_bomb",
    "ST_OVERLAP",
    rawSafetensors(`{${Array.from({ length: 10_000 }, (_, i) => `"t${i}":${W}`)}}`, DATA),
  ],
  [
    "bad_hole",
    "ST_HOLE",
    rawSafetensors(`{"a":${W},"b":${W.replace("[0,16]", "[24,40]")}}`, new Uint8Array(40)),
  ],
  ["bad_hole at the start", "ST_HOLE", rawSafetensors(entry({ offsets: "[8,24]" }), new Uint8Array(24))],
  ["bad_truncated_data", "ST_DATA_TRUNCATED", rawSafetensors(entry(), new Uint8Array(14))],
  [
    "bad_polyglot",
    "ST_TRAILING_BYTES",
    rawSafetensors(entry(), Buffer.concat([DATA, Buffer.from("PK\x05\x06")])),
  ],
  ["bad_trailing without tensors", "ST_TRAILING_BYTES", rawSafetensors("{}", DATA)],
  [
    "bad_lfs_pointer",
    "CK_LFS_POINTER",
    Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
  ],
];

test.each(CORRUPT)("%s gives %s", async (_, code, bytes) => {
  const path = file(bytes);
  const error = await openCheckpoint(path).then(
    () => null,
    (reason) => reason,
  );
  expect(error).toMatchObject({ name: "SpectrapError", code, file: path });
  expect(error.hint).toBeTruthy();
  expect(error.reason).not.toMatch(/[\n\0]/);
});

/** In the order in which the format's checks are made: of two faults in one file the earlier is told. */
const ORDERED = [
  entry({ shape: "[", name: "" }),
  `{"w":${W},"w":[]}`,
  `{"__metadata__":1,"":${W}}`,
  `{"a":{},"":${W}}`,
  `{"a":${W.replace("2,2", "2.0,2")},"b":{}}`,
  `{"a":${W.replace("F32", "F7")},"b":${W.replace("2,2", "2.0,2")}}`,
  `{"a":${W.replace("2,2", String(Array(17).fill(1)))},"b":${W.replace("F32", "F7")}}`,
  `{"a":${W.replace("2,2", "9999999999,9999999999")},"b":${W.replace("2,2", String(Array(17).fill(1)))}}`,
  `{"a":${W.replace("F32", "F4").replace("2,2", "3")},"b":${W.replace("2,2", "9999999999,9999999999")}}`,
  `{"a":${W.replace("0,16", "16,0")},"b":${W.replace("F32", "F4").replace("2,2", "3")}}`,
  `{"a":${W.replace("0,16", "0,12")},"b":${W.replace("0,16", "16,0")}}`,
  `{"a":${W},"b":${W},"c":${W.replace("0,16", "0,12")}}`,
];

test("of several faults the first by the order of the checks is told, wherever it stands", async () => {
  const codes: string[] = [];
  for (const header of ORDERED) {
    await readSafetensors(file(rawSafetensors(header))).catch((error) => codes.push(error.code));
  }
  expect(codes).toEqual([
    "ST_HEADER_NOT_JSON",
    "ST_DUPLICATE_KEY",
    "ST_METADATA_INVALID",
    "ST_NAME_INVALID",
    "ST_ENTRY_INVALID",
    "ST_NUMBER_INVALID",
    "ST_DTYPE_UNKNOWN",
    "ST_SHAPE_INVALID",
    "ST_SIZE_OVERFLOW",
    "ST_SUBBYTE_MISALIGNED",
    "ST_OFFSETS_INVALID",
    "ST_SIZE_MISMATCH",
  ]);
});

test("an error says where: byte, file, tensor", async () => {
  const header = `{"a":${W},"b":${W.replace("[0,16]", "[24,40]")}}`;
  const path = file(rawSafetensors(header, new Uint8Array(40)));
  await expect(readSafetensors(path)).rejects.toMatchObject({
    file: path,
    tensor: "b",
    offset: 8 + header.length + 24,
    reason: "8 bytes before it belong to no tensor",
  });
  await expect(readSafetensors(file(rawSafetensors('{"w":?}')))).rejects.toMatchObject({ offset: 8 + 5 });
});

describe("valid files", () => {
  test("st_all_dtypes: every dtype of the format is read with its bytes", async () => {
    const dtypes =
      "F64 F32 F16 BF16 F8_E4M3 F8_E5M2 F8_E4M3FNUZ F8_E5M2FNUZ F8_E8M0 F6_E2M3 F6_E3M2 F4 I64 I32 I16 I8 U64 U32 U16 U8 BOOL C64";
    const specs = dtypes.split(" ").map((dtype) => ({ name: `t.${dtype}`, dtype, shape: [2, 4] }));
    const { tensors } = await readSafetensors(file(safetensorsBytes(specs)));
    expect(tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual(specs);
    expect(tensors.map(({ bytes }) => bytes.end - bytes.begin)).toEqual(specs.map(byteLength));
    const sizes = Object.fromEntries(tensors.map(({ dtype, bytes }) => [dtype, bytes.end - bytes.begin]));
    expect(sizes).toMatchObject({ F64: 64, BF16: 16, F8_E8M0: 8, F6_E3M2: 6, F4: 4, BOOL: 8, C64: 64 });
  });

  test("st_empty_and_scalar: empty tensors and scalars are legal, and so is no tensor at all", async () => {
    const specs: TensorSpec[] = [
      { name: "a", dtype: "F32", shape: [2, 0] },
      { name: "b", dtype: "F32", shape: [0] },
      { name: "c", dtype: "F32", shape: [] },
      { name: "d", dtype: "F32", shape: [2, 2] },
      { name: "e", dtype: "F32", shape: [2 ** 53 - 1, 2 ** 53 - 1, 0] },
    ];
    const { tensors, payload } = await readSafetensors(file(safetensorsBytes(specs)));
    expect(tensors.map(({ bytes }) => bytes.end - bytes.begin)).toEqual([0, 0, 4, 16, 0]);
    expect(payload).toBe(20);
    expect((await readSafetensors(file(rawSafetensors("{}")))).tensors).toEqual([]);
  });

  test("st_leading_space: white space before and behind the object", async () => {
    const { tensors, file: source } = await readSafetensors(
      file(rawSafetensors(` \t\r\n${entry()}   \n`, DATA)),
    );
    expect(tensors[0]).toMatchObject({ name: "w", bytes: { end: source.size, begin: source.size - 16 } });
  });

  test("st_misaligned: data may start at any byte", async () => {
    const specs = [
      { name: "odd", dtype: "U8", shape: [1] },
      { name: "wide", dtype: "F64", shape: [2] },
    ];
    const text = headerText(specs);
    const header = text + " ".repeat((11 - (text.length % 8)) % 8);
    const { tensors } = await readSafetensors(file(rawSafetensors(header, new Uint8Array(17))));
    expect(header.length % 8).toBe(3);
    expect(tensors[1]!.bytes).toMatchObject({ begin: 8 + header.length + 1, end: 8 + header.length + 17 });
  });

  test("st_odd_names: names are data, not properties", async () => {
    const names = ["__proto__", "constructor", "toString", "😀.weight", "é".repeat(2048), "a\nb", " "];
    const specs = names.map((name) => ({ name, dtype: "F32", shape: [1] }));
    const { tensors } = await readSafetensors(file(safetensorsBytes(specs)));
    expect(tensors.map(({ name }) => name)).toEqual(names);
  });

  test("tensors may stand in the header in any order", async () => {
    const header = `{"b":${W.replace("[0,16]", "[16,32]")},"a":${W}}`;
    const { tensors } = await readSafetensors(file(rawSafetensors(header, new Uint8Array(32))));
    expect(tensors.map(({ name, bytes }) => [name, bytes.begin - 8 - header.length])).toEqual([
      ["b", 16],
      ["a", 0],
    ]);
  });

  test("metadata of strings is allowed and is no tensor", async () => {
    const text = headerText([{ name: "w", dtype: "F32", shape: [2, 2] }], { format: "pt", note: "é" });
    expect((await readSafetensors(file(rawSafetensors(text, DATA)))).tensors).toHaveLength(1);
  });

  test("offsets beyond 4 GiB are exact", async () => {
    const path = join(temporaryFolder(), "large.safetensors");
    const specs = [
      { name: "a", dtype: "U8", shape: [2 ** 33 + 1] },
      { name: "b", dtype: "F32", shape: [3, 5] },
    ];
    writeSafetensors(path, specs);
    const { tensors, file: source } = await readSafetensors(path);
    expect(tensors[1]!.bytes).toMatchObject({ begin: source.size - 60, end: source.size });
    truncateSync(path, source.size - 1);
    await expect(readSafetensors(path)).rejects.toMatchObject({ code: "ST_DATA_TRUNCATED" });
  });
});

test("more tensors than any model has are refused before one of them is looked at", async () => {
  const members = Array.from({ length: 2_000_001 }, (_, i) => `"${i}":0`);
  const error = await openCheckpoint(file(rawSafetensors(`{${members}}`))).catch((reason) => reason);
  expect(error).toMatchObject({ code: "ST_LIMIT", reason: expect.stringContaining("2000001 tensors") });
});

test("a file of zeros is refused, and the longest header allowed is looked into", async () => {
  const path = join(temporaryFolder(), "zeros.safetensors");
  closeSync(openSync(path, "w"));
  truncateSync(path, 2 ** 36);
  await expect(readSafetensors(path)).rejects.toMatchObject({ code: "ST_HEADER_EMPTY" });
  const fd = openSync(path, "r+");
  writeSync(fd, length(99_999_999n, 8), 0, 8, 0);
  closeSync(fd);
  await expect(readSafetensors(path)).rejects.toMatchObject({ code: "ST_HEADER_NOT_JSON", offset: 8 });
});
