/** Headers of safetensors files: sound ones, and ways to make them unsound that a byte-wise mutator would not find. */
import { Members, Raw } from "./json-text.mjs";

export const BITS = {
  F64: 64, F32: 32, F16: 16, BF16: 16, F8_E4M3: 8, F8_E5M2: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8, F8_E8M0: 8,
  F6_E2M3: 6, F6_E3M2: 6, F4: 4, I64: 64, I32: 32, I16: 16, I8: 8, U64: 64, U32: 32, U16: 16, U8: 8, BOOL: 8, C64: 64,
}; // biome-ignore format: a table

const DTYPES = Object.keys(BITS);
const NAMES = [
  "w", "model.layers.0.self_attn.q_proj.weight", "__proto__", "constructor", "toString", "é", "😀", "a\nb", '"', "\\",
  " ", "\u007f", "\u2028", "lm_head.weight", "w.", "W", "0", "length", "hasOwnProperty", "\ufeff", "\ufffd",
]; // biome-ignore format: a table

/** Numbers in spellings right and wrong. */
const NUMBERS = [
  "0", "1", "2", "16", "255", "65536", "4294967295", "4294967296", "9007199254740991", "9007199254740992",
  "9007199254740993", "18446744073709551615", "18446744073709551616", "99999999999999999999999999", "-0", "-1", "2.0",
  "1e3", "1E400", "0.5", "01", "+1", "0x10", ".5", "1.", "1e", "NaN", "Infinity", '"2"', "null", "true", "[]",
]; // biome-ignore format: a table

/** Tensors whose ranges follow each other, in any order of the header: [name, Members] each, and their bytes. */
export function soundHeader(random) {
  const members = [];
  const used = new Set();
  let offset = 0;
  for (let left = random.below(6); left > 0; left--) {
    const name = random.chance(0.5) ? `t${random.below(50)}` : random.pick(NAMES);
    if (used.has(name)) continue;
    used.add(name);
    const dtype = random.chance(0.5) ? random.pick(DTYPES) : random.pick(["F32", "BF16", "U8", "F4"]);
    const shape = Array.from({ length: random.below(4) }, () => random.below(5));
    if (BITS[dtype] % 8 !== 0) shape.push(4);
    const bytes = (shape.reduce((product, dim) => product * dim, 1) * BITS[dtype]) / 8;
    const offsets = [offset, offset + bytes];
    members.push([name, entry(dtype, shape, offsets, random)]);
    offset += bytes;
  }
  if (random.chance(0.5)) members.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  if (random.chance(0.3)) members.unshift(["__metadata__", new Members([["format", "pt"]])]);
  return { root: new Members(members), size: offset };
}

function entry(dtype, shape, offsets, random) {
  const list = [
    ["dtype", dtype],
    ["shape", shape],
    ["data_offsets", offsets],
  ];
  if (random.chance(0.2)) list.reverse();
  return new Members(list);
}

/** Changes one thing of a header in place; returns the new root. Some changes leave it sound. */
export function mutateHeader(root, random) {
  if (!(root instanceof Members)) return root;
  const tensors = root.list.filter(([name, value]) => name !== "__metadata__" && value instanceof Members);
  const change = random.pick(tensors.length > 0 ? [...OF_TENSOR, ...OF_TENSOR, ...OF_ROOT] : OF_ROOT);
  return change(root, random, tensors.length > 0 ? random.pick(tensors) : undefined) ?? root;
}

const OF_ROOT = [
  () => [],
  () => new Raw("null"),
  (root) => [root],
  (root, random) => void root.list.push(["__metadata__", random.pick([1, [], "x", null, metadata(1)])]),
  (root) => void root.list.push(["__metadata__", metadata("s")]),
  (root) => void root.list.push(["__metadata__", new Members([["a", "1"], ["a", "1"]])]), // biome-ignore format: one line
  (root, random) => void root.list.push([random.pick(NAMES), nested(random.below(6))]),
  (root, random) => void root.list.push([random.pick(NAMES), random.pick([0, "x", true, null, []])]),
  (root, random) => void root.list.sort(() => random.below(3) - 1),
];

function metadata(value) {
  return new Members([["a", value]]);
}

function nested(depth) {
  return depth === 0 ? 0 : new Members([["a", nested(depth - 1)]]);
}

/** Names at the limits of what a name may be. */
const BAD_NAMES = [
  "",
  "a\0b",
  "\ud800",
  "x\udc00y",
  "x".repeat(4096),
  "x".repeat(4097),
  "é".repeat(2048),
  "é".repeat(2049),
];

const OF_TENSOR = [
  (root, random, tensor) => void root.list.splice(random.below(root.list.length + 1), 0, [...tensor]),
  (root, random, tensor) => void root.list.push([random.pick(NAMES), tensor[1]]),
  (root, _, tensor) => void root.list.splice(root.list.indexOf(tensor), 1),
  (_, random, tensor) => void tensor.splice(0, 1, random.pick(BAD_NAMES)),
  (_, random, tensor) => void tensor.splice(0, 1, random.pick(NAMES)),
  (_, random, tensor) => void tensor.splice(1, 1, random.pick([0, "x", [], null, new Members([])])),
  (_, random, tensor) => void tensor[1].list.push(random.pick(tensor[1].list) ?? ["dtype", "F32"]),
  (_, random, tensor) => void tensor[1].list.push([random.pick(["x", "Dtype", "shape "]), 1]),
  (_, random, tensor) => void tensor[1].list.splice(random.below(tensor[1].list.length), 1),
  (_, random, tensor) => set(tensor, "dtype", random.pick([...DTYPES, "F7", "bf16", "__proto__", "", 1, null, ["F32"]])),
  (_, random, tensor) => set(tensor, "shape", Array.from({ length: random.below(19) }, () => 1)),
  (_, random, tensor) => set(tensor, "shape", random.pick(["x", null, new Members([]), [[1]]])),
  (_, random, tensor) => set(tensor, "shape", [new Raw(random.pick(NUMBERS)), new Raw(random.pick(NUMBERS))]),
  (_, random, tensor) => set(tensor, "shape", [2 ** random.below(53), 2 ** random.below(53), random.below(3)]),
  (_, random, tensor) => edit(tensor, "shape", random),
  (_, random, tensor) => edit(tensor, "data_offsets", random),
  (_, random, tensor) => edit(tensor, "data_offsets", random),
  (_, __, tensor) => get(tensor, "data_offsets")?.reverse?.(),
  (_, random, tensor) => shift(tensor, random.pick([-4, -1, 1, 4, 16])),
  (_, random, tensor) => void get(tensor, "data_offsets")?.push?.(random.below(64)),
]; // biome-ignore format: one change on a line

function get(tensor, key) {
  return tensor[1].list?.find(([name]) => name === key)?.[1];
}

function set(tensor, key, value) {
  const member = tensor[1].list?.find(([name]) => name === key);
  if (member !== undefined) member[1] = value;
}

/** Another number, or the same number in another spelling, in place of one of a list. */
function edit(tensor, key, random) {
  const list = get(tensor, key);
  if (!Array.isArray(list) || list.length === 0) return;
  const at = random.below(list.length);
  const old = Number(list[at]);
  const near = [old + 1, old - 1, old * 2, old + 8].map(String);
  list[at] = new Raw(
    random.chance(0.5) ? random.pick(NUMBERS) : random.pick([...near, `${old}.0`, `${old}e0`, `0${old}`]),
  );
}

/** A hole, or an overlap, before a tensor. */
function shift(tensor, by) {
  const offsets = get(tensor, "data_offsets");
  if (!Array.isArray(offsets)) return;
  set(
    tensor,
    "data_offsets",
    offsets.map((at) => (typeof at === "number" ? at + by : at)),
  );
}
