/**
 * Mutation fuzzer of the header reader, on dist/. A header either is refused with an ST_* code that names the file, or
 * gives the tensors that the rules of the format, applied by other means, give; and neither if the rules say so.
 */
import { strict as assert } from "node:assert";
import { HEADER_START, headerLength, parseHeader } from "../../dist/checkpoint/header.js";
import { SpectrapError } from "../../dist/solver/error.js";
import { campaign } from "./campaign.mjs";
import { codesOf } from "./documented-codes.mjs";
import { soundTensors } from "./format-rules.mjs";
import { mutateHeader, soundHeader } from "./header-model.mjs";
import { jsonText } from "./json-text.mjs";
import { mutateBytes } from "./mutate-bytes.mjs";

const PATH = "/fuzz/model.safetensors";

await campaign(import.meta.url, {
  name: "header reader",
  runs: 1_000_000,
  expected: { ...codesOf("ST"), ST_LIMIT: "two million tensors; test/checkpoint/header.test.ts has them" },
  start: () => execute,
});

function execute(random) {
  const bytes = hostileFile(random);
  const expected = soundTensors(bytes);
  const file = { path: PATH, size: bytes.length, mtimeNs: 0n, inode: 0n };
  let tensors;
  try {
    const length = headerLength(bytes.subarray(0, HEADER_START), file);
    tensors = parseHeader(bytes.subarray(HEADER_START, HEADER_START + length), file);
  } catch (error) {
    checkRefusal(error);
    assert.equal(expected, null, `${error.code}, but the file is sound`);
    return error.code;
  }
  assert.notEqual(expected, null, "accepted, but the file is not sound");
  const found = tensors.map(({ name, dtype, shape, bytes: { begin, end } }) => [
    name,
    { dtype, shape, begin, end },
  ]);
  assert.equal(found.length, expected.size, "as many tensors");
  for (const [name, tensor] of found) assert.deepEqual(tensor, expected.get(name));
  return "accepted";
}

function checkRefusal(error) {
  if (!(error instanceof SpectrapError)) throw error;
  assert.match(error.code, /^ST_/);
  assert.equal(error.file, PATH);
  assert.ok(error.hint);
  assert.ok(error.offset === undefined || error.offset >= 0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them
  assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/);
}

function hostileFile(random) {
  const [header, size] = hostileHeader(random);
  const word = Buffer.alloc(HEADER_START);
  word.writeBigUInt64LE(random.chance(0.95) ? BigInt(header.length) : strangeLength(header.length, random));
  const data = Math.max(0, random.chance(0.9) ? size : size + random.pick([-2, -1, 1, 2, 22]));
  const bytes = Buffer.concat([word, header, Buffer.alloc(data)]);
  return random.chance(0.98) ? bytes : bytes.subarray(0, random.below(Math.min(bytes.length, 40)));
}

/** Bytes of the header, and how many data bytes it was made for. */
function hostileHeader(random) {
  const sound = soundHeader(random);
  let { root } = sound;
  for (let left = random.pick([0, 0, 1, 1, 1, 2, 3]); left > 0; left--) root = mutateHeader(root, random);
  let header = Buffer.from(jsonText(root, random, random.pick([0, 0, 0.2])));
  if (random.chance(0.4)) {
    const other = Buffer.from(jsonText(soundHeader(random).root, random, 0));
    for (let left = 1 + random.below(3); left > 0; left--) header = mutateBytes(header, random, other);
  }
  return [header, sound.size];
}

function strangeLength(length, random) {
  const near = [
    0,
    1,
    2,
    length - 1,
    length + 1,
    length + 8,
    99_999_999,
    100_000_000,
    100_000_001,
    2 ** 31,
    2 ** 32,
  ];
  const far = [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 32n + BigInt(length)];
  return BigInt.asUintN(64, BigInt(random.pick([...near, ...far])));
}
