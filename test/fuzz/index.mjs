/**
 * Mutation fuzzer of the shard index reader, on dist/ and on real files. An index either is refused with an IX_* code
 * that names it, or gives exactly the tensors of its weight_map, each from the shard it names.
 */
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCheckpoint } from "../../dist/checkpoint/open.js";
import { SpectrapError } from "../../dist/solver/error.js";
import { campaign } from "./campaign.mjs";
import { codesOf } from "./documented-codes.mjs";
import { isObject, strictJson } from "./format-rules.mjs";
import { jsonText, Members, Raw } from "./json-text.mjs";
import { mutateBytes } from "./mutate-bytes.mjs";

/** Tensors of the shards; "twice" is in two of them. */
const SHARDS = {
  "model-1.safetensors": ["a", "b", "é"],
  "model-2.safetensors": ["c", "__proto__", "😀"],
  "inner/model-3.safetensors": ["d", "twice"],
  "model-4.safetensors": ["e", "twice"],
};
const HOLDERS = Object.entries(SHARDS).flatMap(([shard, names]) => names.map((name) => [name, shard]));
const SAFE = HOLDERS.filter(([, shard]) => shard !== "model-4.safetensors");
const STRANGE_SHARDS = [
  "../secret.safetensors", "/etc/secret.safetensors", "C:x.safetensors", "http://host/x.safetensors", "a\0.safetensors",
  "x.bin", "", "..", "inner/../model-1.safetensors", "link.safetensors", "model-9.safetensors", "inner", "./model-1.safetensors",
  `${"x".repeat(300)}.safetensors`, "\ud800.safetensors", "model-1.safetensors/x.safetensors", "INNER/model-3.safetensors",
]; // biome-ignore format: a table

function start() {
  const folder = mkdtempSync(join(tmpdir(), "spectrap-fuzz-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const model = join(folder, "model");
  mkdirSync(join(model, "inner"), { recursive: true });
  for (const [shard, names] of Object.entries(SHARDS)) writeFileSync(join(model, shard), shardBytes(names));
  writeFileSync(join(folder, "secret.safetensors"), shardBytes(["a"]));
  symlinkSync("../secret.safetensors", join(model, "link.safetensors"));
  return (random) => execute(random, model);
}

function shardBytes(names) {
  const entries = names.map(
    (name) => `${JSON.stringify(name)}:{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`,
  );
  const header = Buffer.from(`{${entries.join(",")}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
}

async function execute(random, folder) {
  const path = join(folder, "model.safetensors.index.json");
  const bytes = hostileIndex(random);
  writeFileSync(path, bytes);
  let checkpoint;
  try {
    checkpoint = await openCheckpoint(path, { allowMissingShards: random.chance(0.2) });
  } catch (error) {
    if (!(error instanceof SpectrapError)) throw error;
    assert.match(error.code, /^(IX_|CK_LFS_POINTER$)/);
    assert.ok(error.file.startsWith(folder) && error.hint);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them
    assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/);
    return error.code;
  }
  const codes = checkpoint.warnings.map(({ code }) => code).sort();
  checkTensors(checkpoint, bytes, folder, codes.includes("IX_SHARD_MISSING"));
  return ["accepted", ...codes];
}

function checkTensors({ tensors }, bytes, folder, someMissing) {
  const index = indexOf(bytes);
  assert.ok(isObject(index?.weight_map), "accepted, but there is no weight_map");
  const wanted = Object.entries(index.weight_map).map(([name, shard]) => [name, join(folder, shard)]);
  const found = new Map(tensors.map(({ name, bytes: { file } }) => [name, file.path]));
  assert.equal(found.size, tensors.length, "every tensor once");
  const expected = someMissing ? wanted.filter(([name]) => found.has(name)) : wanted;
  assert.deepEqual([...found].sort(), expected.sort());
}

/** Other members than weight_map may hold numbers of any spelling. */
function indexOf(bytes) {
  return strictJson(bytes, 4) ?? JSON.parse(bytes.toString());
}

function hostileIndex(random) {
  const map = new Members(
    (random.chance(0.8) ? SAFE : HOLDERS).filter(() => random.chance(0.8)).map((pair) => [...pair]),
  );
  let root = new Members([
    ["metadata", new Members([["total_size", random.pick([0, 0, 7, new Raw("1e400"), "x", null])]])],
    ["weight_map", map],
  ]);
  for (let left = random.pick([0, 0, 1, 1, 2]); left > 0 && root instanceof Members; left--) {
    root = random.pick(CHANGES)(root, random, map) ?? root;
  }
  if (random.chance(0.001)) map.list.push(...manyShards());
  let bytes = Buffer.from(jsonText(root, random, random.pick([0, 0, 0.2])));
  if (random.chance(0.3)) {
    for (let left = 1 + random.below(2); left > 0; left--) bytes = mutateBytes(bytes, random, bytes);
  }
  return random.chance(0.002) ? Buffer.from("version https://git-lfs.github.com/spec/v1\n") : bytes;
}

const CHANGES = [
  (_, random, map) => void map.list.push([random.pick(["x", "a", "twice", "ghost", ""]), random.pick(Object.keys(SHARDS))]),
  (_, random, map) => void map.list.push([random.pick(["x", "a"]), random.pick(STRANGE_SHARDS)]),
  (_, random, map) => void map.list.push(["x", random.pick([1, null, [], new Members([])])]),
  (_, random, map) => void map.list.push(...map.list.filter(() => random.chance(0.2))),
  (_, random, map) => move(map, random, STRANGE_SHARDS),
  (_, random, map) => move(map, random, Object.keys(SHARDS)),
  (_, __, map) => void map.list.splice(0),
  (root, random) => void root.list.splice(random.below(root.list.length + 1), 1),
  (root, random) => void root.list.push([random.pick(["x", "weight_map", "metadata"]), new Members([])]),
  (root) => [root],
]; // biome-ignore format: one change on a line

/** Some tensors are said to be in other shards. */
function move(map, random, shards) {
  for (const pair of map.list) if (random.chance(0.2)) pair[1] = random.pick(shards);
}

function manyShards() {
  return Array.from({ length: 10_001 }, (_, i) => [`t${i}`, `s${i}.safetensors`]);
}

await campaign(import.meta.url, {
  name: "index reader",
  runs: 20_000,
  expected: { ...codesOf("IX"), IX_LIMIT: "256 MiB; test/checkpoint/shards.test.ts has them" },
  start,
});
