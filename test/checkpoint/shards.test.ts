import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../lib/checkpoint/open.ts";
import {
  byteLength,
  type TensorSpec,
  temporaryFolder,
  writeIndex,
  writeSafetensors,
  writeShards,
} from "../helpers/safetensors-writer.ts";

const INDEX = "model.safetensors.index.json";
const matrix = (name: string): TensorSpec => ({ name, dtype: "F32", shape: [3, 2] });

/** Three shards with two tensors each, of numbers from 1. */
function threeShards(): { folder: string; shard: (n: number) => string } {
  const folder = temporaryFolder();
  const shard = (n: number) => `model-0000${n}-of-00003.safetensors`;
  writeShards(folder, {
    [shard(1)]: [matrix("a"), matrix("f")],
    [shard(2)]: [matrix("c"), matrix("b")],
    [shard(3)]: [matrix("e"), matrix("d")],
  });
  return { folder, shard };
}

const weightMap = (folder: string, weight_map: unknown, more: object = {}) =>
  writeIndex(folder, { weight_map, ...more });

describe("good indexes", () => {
  test.each([
    ["one-based", ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]],
    [
      "zero-based, up to the number itself",
      ["model-00000-of-00001.safetensors", "model-00001-of-00001.safetensors"],
    ],
    ["with a double dash", ["model--00001-of-00007.safetensors", "model--00002-of-00007.safetensors"]],
    ["in folders", ["x/one.safetensors", "y/z/two.safetensors"]],
  ])("%s: the map counts, not the numbers", async (_, [first, second]) => {
    const folder = temporaryFolder();
    for (const inner of ["x", "y/z"]) mkdirSync(join(folder, inner), { recursive: true });
    writeShards(folder, { [first!]: [matrix("b")], [second!]: [matrix("a"), matrix("a10"), matrix("a9")] });
    for (const location of [folder, join(folder, INDEX)]) {
      const { tensors, files, warnings, ignoredFiles } = await openCheckpoint(location);
      expect(tensors.map(({ name }) => name)).toEqual(["a", "a9", "a10", "b"]);
      expect(tensors[3]!.bytes.file.path).toBe(join(folder, first!));
      expect(files.map(({ path }) => path)).toEqual([join(folder, first!), join(folder, second!)]);
      expect([warnings, ignoredFiles]).toEqual([[], []]);
    }
  });

  test("the hub's cache: a snapshot of links into the blobs of the same repository", async () => {
    const root = temporaryFolder();
    const repository = join(root, "models--org--name");
    const snapshot = join(repository, "snapshots", "0123abc");
    mkdirSync(join(repository, "blobs"), { recursive: true });
    mkdirSync(snapshot, { recursive: true });
    writeSafetensors(join(repository, "blobs", "aaaa"), [matrix("a")]);
    writeFileSync(
      join(repository, "blobs", "bbbb"),
      JSON.stringify({ weight_map: { a: "model-1.safetensors" } }),
    );
    symlinkSync("../../blobs/aaaa", join(snapshot, "model-1.safetensors"));
    symlinkSync("../../blobs/bbbb", join(snapshot, INDEX));
    const { tensors } = await openCheckpoint(snapshot);
    expect(tensors[0]!.bytes.file.path).toBe(join(snapshot, "model-1.safetensors"));

    const other = join(root, "models--org--other", "blobs");
    mkdirSync(other, { recursive: true });
    writeSafetensors(join(other, "aaaa"), [matrix("a")]);
    rmSync(join(snapshot, "model-1.safetensors"));
    symlinkSync("../../../models--org--other/blobs/aaaa", join(snapshot, "model-1.safetensors"));
    await expect(openCheckpoint(snapshot)).rejects.toMatchObject({ code: "IX_SHARD_NAME_UNSAFE" });
  });

  test("a folder reached through a link is the folder itself", async () => {
    const { folder } = threeShards();
    const link = join(temporaryFolder(), "link");
    symlinkSync(folder, link);
    expect((await openCheckpoint(link)).tensors).toHaveLength(6);
  });

  test("ix_total_size: a wrong sum and an unlisted tensor are warnings; the tensor is not read", async () => {
    const folder = temporaryFolder();
    writeSafetensors(join(folder, "one.safetensors"), [matrix("a"), matrix("b")]);
    weightMap(folder, { a: "one.safetensors" }, { metadata: { total_size: 7 } });
    const { tensors, warnings } = await openCheckpoint(folder);
    expect(warnings.map(({ code }) => code)).toEqual(["IX_TENSOR_UNINDEXED", "IX_TOTAL_SIZE"]);
    expect(warnings[0]!.message).toContain('"b"');
    expect(tensors.map(({ name }) => name)).toEqual(["a"]);
    weightMap(
      folder,
      { a: "one.safetensors", b: "one.safetensors" },
      { metadata: { total_size: 2 * byteLength(matrix("a")) } },
    );
    expect((await openCheckpoint(folder)).warnings).toEqual([]);
  });
});

test("ix_missing_shard: all missing ones are named; with leave the rest is read, with a warning", async () => {
  const { folder, shard } = threeShards();
  rmSync(join(folder, shard(3)));
  rmSync(join(folder, shard(1)));
  mkdirSync(join(folder, shard(1)));
  await expect(openCheckpoint(folder)).rejects.toMatchObject({
    code: "IX_SHARD_MISSING",
    reason: `2 of 3 shards are missing: ${shard(1)}, ${shard(3)}`,
  });
  const { tensors, warnings } = await openCheckpoint(folder, { allowMissingShards: true });
  expect(tensors.map(({ name }) => name)).toEqual(["b", "c"]);
  expect(warnings.map(({ code }) => code)).toEqual(["IX_SHARD_MISSING"]);
});

test("a dangling link is a missing shard", async () => {
  const { folder, shard } = threeShards();
  rmSync(join(folder, shard(2)));
  symlinkSync("nowhere", join(folder, shard(2)));
  await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: "IX_SHARD_MISSING" });
});

describe("bad indexes", () => {
  test.each<[string, string, string | Uint8Array]>([
    ["ix_not_json", "IX_NOT_JSON", "{"],
    ["ix_not_json UTF-8", "IX_NOT_JSON", Buffer.from([0x22, 0xff, 0x22])],
    ["ix_not_json deep", "IX_NOT_JSON", '{"weight_map":{"a":{"b":{"c":{}}}}}'],
    ["ix_no_map", "IX_NO_WEIGHT_MAP", "{}"],
    ["ix_no_map root", "IX_NO_WEIGHT_MAP", "[]"],
    ["ix_no_map empty", "IX_NO_WEIGHT_MAP", '{"weight_map":{}}'],
    ["ix_no_map of numbers", "IX_NO_WEIGHT_MAP", '{"weight_map":{"a":1}}'],
    ["ix_dup_key", "IX_DUPLICATE_KEY", '{"weight_map":{"a":"x.safetensors","a":"x.safetensors"}}'],
    [
      "ix_dup_key escaped",
      "IX_DUPLICATE_KEY",
      '{"weight_map":{"a":"x.safetensors","\\u0061":"x.safetensors"}}',
    ],
    ["a git-lfs pointer", "CK_LFS_POINTER", "version https://git-lfs.github.com/spec/v1\n"],
  ])("%s gives %s", async (_, code, text) => {
    const folder = temporaryFolder();
    writeSafetensors(join(folder, "x.safetensors"), [matrix("a")]);
    writeIndex(folder, text);
    const error = await openCheckpoint(folder).catch((reason) => reason);
    expect(error).toMatchObject({ name: "SpectrapError", code, file: join(folder, INDEX) });
    expect(error.hint).toBeTruthy();
  });

  test.each([
    "../../secret.safetensors",
    "x/../../secret.safetensors",
    "..\\secret.safetensors",
    "/etc/secret.safetensors",
    "\\\\server\\secret.safetensors",
    "C:secret.safetensors",
    "http://host/secret.safetensors",
    "a\0.safetensors",
    "passwd",
    "model.bin",
    "",
  ])("ix_traversal: the shard name %j is unsafe, whether it exists or not", async (name) => {
    const outer = temporaryFolder();
    const folder = join(outer, "a", "b");
    mkdirSync(folder, { recursive: true });
    for (const place of [outer, join(outer, "a")])
      writeSafetensors(join(place, "secret.safetensors"), [matrix("a")]);
    weightMap(folder, { a: name });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: "IX_SHARD_NAME_UNSAFE" });
  });

  test("ix_traversal: neither is a link out of the folder followed", async () => {
    const outer = temporaryFolder();
    const folder = join(outer, "model");
    // A folder whose name begins like ours is not ours.
    const neighbour = join(outer, "model-secret");
    for (const place of [folder, neighbour]) mkdirSync(place);
    writeSafetensors(join(neighbour, "s.safetensors"), [matrix("a")]);
    symlinkSync(join(neighbour, "s.safetensors"), join(folder, "s.safetensors"));
    weightMap(folder, { a: "s.safetensors" });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: "IX_SHARD_NAME_UNSAFE" });

    rmSync(join(folder, "s.safetensors"));
    symlinkSync(neighbour, join(folder, "inner"));
    weightMap(folder, { a: "inner/s.safetensors" });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: "IX_SHARD_NAME_UNSAFE" });
  });

  test("an index is not read beyond its limit", async () => {
    const folder = temporaryFolder();
    writeIndex(folder, "");
    truncateSync(join(folder, INDEX), 256 * 2 ** 20 + 1);
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: "IX_LIMIT" });
  });

  test("ix_too_many", async () => {
    const folder = temporaryFolder();
    weightMap(
      folder,
      Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`t${i}`, `s${i}.safetensors`])),
    );
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: "IX_TOO_MANY_SHARDS" });
  });

  test("ix_wrong_shard: a tensor listed in one shard and present in another", async () => {
    const { folder, shard } = threeShards();
    const map = { a: shard(1), f: shard(1), c: shard(2), b: shard(3), e: shard(3), d: shard(3) };
    weightMap(folder, map);
    const error = await openCheckpoint(folder).catch((reason) => reason);
    expect(error).toMatchObject({ code: "IX_TENSOR_IN_OTHER_SHARD", tensor: "b" });
    expect(error.message).toContain(shard(2));
    expect(error.message).toContain(shard(3));
  });

  test("ix_ghost_tensor: listed, present nowhere", async () => {
    const { folder, shard } = threeShards();
    weightMap(folder, { a: shard(1), ghost: shard(1) });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: "IX_TENSOR_NOT_IN_SHARD",
      tensor: "ghost",
    });
  });

  test("ix_twice: the same tensor in two shards", async () => {
    const folder = temporaryFolder();
    writeSafetensors(join(folder, "x.safetensors"), [matrix("a"), matrix("b")]);
    writeSafetensors(join(folder, "y.safetensors"), [matrix("b"), matrix("c")]);
    const map = { a: "x.safetensors", b: "y.safetensors", c: "y.safetensors" };
    weightMap(folder, map);
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: "IX_DUPLICATE_TENSOR", tensor: "b" });
    rmSync(join(folder, INDEX));
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: "IX_DUPLICATE_TENSOR", tensor: "b" });
  });

  test("a damaged shard is told with its own file", async () => {
    const { folder, shard } = threeShards();
    writeFileSync(join(folder, shard(2)), "short");
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: "ST_FILE_TOO_SHORT",
      file: join(folder, shard(2)),
    });
  });
});
