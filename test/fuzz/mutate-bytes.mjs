/** Changes to bytes that know nothing of what they mean. */

const TOKENS = [
  '"', "\\", "{", "}", "[", "]", ",", ":", "-", "0", "1e", ".", "\\u", "\\ud800", "\\u0000", "\\x", "null", "true", '"a":',
  "\0", "\n", "\x1f", "\ufeff", "😀", "{{{{{", "[[[[[", "]]]]]", "9".repeat(30), " ".repeat(20), "/*", "//", "'",
].map((text) => Buffer.from(text)); // biome-ignore format: a table

/** Sequences that are no UTF-8: overlong forms, an encoded surrogate, bytes that never occur, a cut one. */
const NOT_UTF8 = [[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xff], [0xfe], [0xe2, 0x82], [0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]]; // biome-ignore format: a table

const CHANGES = [
  (bytes, random) => changed(bytes, (byte) => byte ^ (1 << random.below(8)), random),
  (bytes, random) => changed(bytes, () => random.below(256), random),
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 0, random.pick(TOKENS)),
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 1, random.pick(TOKENS)),
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 0, Buffer.from(random.pick(NOT_UTF8))),
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 1 + random.below(8), Buffer.alloc(0)),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => spliced(bytes, random.below(bytes.length + 1), 0, part(bytes, random)),
  (bytes, random, other) => spliced(bytes, random.below(bytes.length + 1), random.below(20), part(other, random)),
  (bytes, random, other) => Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), part(other, random)]),
]; // biome-ignore format: one change on a line

/** One change; `other` are bytes of the same kind to take pieces from. */
export function mutateBytes(bytes, random, other) {
  return random.pick(CHANGES)(bytes, random, other);
}

/** One byte becomes what `next` makes of it. */
function changed(bytes, next, random) {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  const at = random.below(copy.length);
  copy[at] = next(copy[at]);
  return copy;
}

function spliced(bytes, at, removed, added) {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
}

function part(bytes, random) {
  const begin = random.below(bytes.length + 1);
  return bytes.subarray(begin, begin + random.below(60));
}
