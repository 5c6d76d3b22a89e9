import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileError, withFile } from "../../lib/checkpoint/file.ts";
import { openCheckpoint } from "../../lib/checkpoint/open.ts";
import { safetensorsBytes, temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";

/** A folder with these files; safetensors files hold one tensor named like the file. */
function folderOf(...names: string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    const path = join(folder, name);
    if (name.endsWith("/")) mkdirSync(path, { recursive: true });
    else if (name.endsWith(".index.json"))
      writeFileSync(path, '{"weight_map":{"s.safetensors":"s.safetensors"}}');
    else if (name.endsWith(".safetensors")) writeSafetensors(path, [{ name, dtype: "F32", shape: [2, 2] }]);
    else writeFileSync(path, "x");
  }
  return folder;
}

async function chosen(folder: string): Promise<{ tensors: string[]; ignored: string[] }> {
  const { tensors, ignoredFiles } = await openCheckpoint(folder);
  return {
    tensors: tensors.map(({ name }) => name),
    ignored: ignoredFiles.map((path) => path.slice(folder.length + 1)),
  };
}

describe("choosing the files of a folder", () => {
  const cases: [string, string[], string[], string[]][] = [
    [
      "the index before everything",
      ["s.safetensors", "model.safetensors", "model.safetensors.index.json", "original/", "metal/", "x.gguf"],
      ["s.safetensors"],
      ["model.safetensors", "x.gguf", "metal", "original"],
    ],
    ["the single file before other indexes", ["s.safetensors", "model.safetensors", "b.safetensors.index.json"], ["model.safetensors"], ["b.safetensors.index.json", "s.safetensors"]],
    ["the only other index", ["s.safetensors", "b.safetensors.index.json", "t.safetensors"], ["s.safetensors"], ["t.safetensors"]],
    ["all files where two indexes disagree", ["s.safetensors", "a.safetensors.index.json", "b.safetensors.index.json"], ["s.safetensors"], ["a.safetensors.index.json", "b.safetensors.index.json"]],
    ["all files without an index", ["b.safetensors", "a.safetensors", "pytorch_model.bin"], ["a.safetensors", "b.safetensors"], ["pytorch_model.bin"]],
    ["not the consolidated copy", ["model-1.safetensors", "consolidated.safetensors"], ["model-1.safetensors"], ["consolidated.safetensors"]],
    ["the consolidated file when it is alone", ["consolidated.00.safetensors"], ["consolidated.00.safetensors"], []],
    ["not an adapter", ["a.safetensors", "adapter_model.safetensors"], ["a.safetensors"], ["adapter_model.safetensors"]],
  ]; // biome-ignore format: a table
  test.each(cases)("%s", async (_, files, tensors, ignored) => {
    expect(await chosen(folderOf(...files))).toEqual({ tensors, ignored });
  });

  test("a named file is read whatever lies beside it", async () => {
    const folder = folderOf("s.safetensors", "model.safetensors", "model.safetensors.index.json");
    const { tensors, ignoredFiles } = await openCheckpoint(join(folder, "s.safetensors"));
    expect(tensors.map(({ name }) => name)).toEqual(["s.safetensors"]);
    expect(ignoredFiles).toEqual([]);
  });

  test("a named file needs no ending", async () => {
    const path = join(temporaryFolder(), "4f2c9a");
    writeSafetensors(path, [{ name: "w", dtype: "F32", shape: [2, 2] }]);
    expect((await openCheckpoint(path)).tensors).toHaveLength(1);
  });
});

describe("other formats are named and refused", () => {
  const refused = async (location: string) => openCheckpoint(location).catch((reason) => reason);

  test.each([
    ["pytorch_model.bin", "PyTorch"],
    ["pytorch_model.bin.index.json", "PyTorch"],
    ["weights.pth", "PyTorch"],
    ["model.ckpt", "PyTorch"],
    ["model.gguf", "GGUF"],
    ["model.onnx", "ONNX"],
    ["model.keras", "Keras"],
    ["model.h5", "Keras"],
    ["w.npz", "NumPy"],
    ["w.npy", "NumPy"],
  ])("%s in a folder", async (name, what) => {
    const folder = folderOf("config.json", name);
    const error = await refused(folder);
    expect(error).toMatchObject({ code: "CK_UNSUPPORTED_CONTAINER", file: join(folder, name) });
    expect(error.message).toContain(what);
    expect(error.hint).toBeTruthy();
  });

  test.each([
    ["model.bin", "GPT-OSS v1.0\0\0\0\0", "GPT-OSS Metal"],
    ["blob", "GGUF\x03\0\0\0", "GGUF"],
    ["blob", "\x93NUMPY\x01\0", "NumPy"],
    ["blob", "\x89HDF\r\n\x1a\n", "HDF5"],
    ["model.pt", "PK\x03\x04", "PyTorch"],
  ])("a named %s that begins with %j", async (name, first, what) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, Buffer.from(first, "latin1"));
    for (const location of name === "model.bin" ? [path, join(path, "..")] : [path]) {
      const error = await refused(location);
      expect(error).toMatchObject({ code: "CK_UNSUPPORTED_CONTAINER", file: path });
      expect(error.message).toContain(what);
    }
  });
});

describe("locations that are no checkpoint", () => {
  test.each([
    ["", "CK_NOT_FOUND"],
    ["/no/such/folder", "CK_NOT_FOUND"],
    ["a\0b", "CK_NOT_FOUND"],
    [`/${"x".repeat(5000)}`, "CK_NOT_FOUND"],
    ["/dev/null", "CK_NOT_A_FILE"],
  ])("%j gives %s", async (location, code) => {
    const error = await openCheckpoint(location).catch((reason) => reason);
    expect(error).toMatchObject({ name: "SpectrapError", code });
    expect(error.hint).toBeTruthy();
  });

  test("a folder without weights, and one whose weights lie deeper", async () => {
    await expect(openCheckpoint(folderOf("config.json", "README.md"))).rejects.toMatchObject({
      code: "CK_NO_WEIGHTS",
    });
    const folder = folderOf("original/", "original/model.safetensors");
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: "CK_NO_WEIGHTS",
      reason: expect.stringContaining("not searched"),
    });
  });

  test("a pipe is refused without waiting for a writer", async () => {
    const pipe = join(temporaryFolder(), "pipe.safetensors");
    execFileSync("mkfifo", [pipe]);
    await expect(openCheckpoint(pipe)).rejects.toMatchObject({ code: "CK_NOT_A_FILE" });
  });

  test("a link to itself is nowhere", async () => {
    const link = join(temporaryFolder(), "loop");
    symlinkSync(link, link);
    await expect(openCheckpoint(link)).rejects.toMatchObject({ code: "CK_NOT_FOUND" });
  });

  test("a git-lfs pointer in place of the weights", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "model.safetensors");
    writeFileSync(
      path,
      `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 13761300984\n`,
    );
    for (const location of [folder, path]) {
      await expect(openCheckpoint(location)).rejects.toMatchObject({
        code: "CK_LFS_POINTER",
        file: path,
        offset: 0,
      });
    }
  });

  test.each([
    ["EACCES", "CK_NO_PERMISSION"],
    ["EPERM", "CK_NO_PERMISSION"],
    ["ENOTDIR", "CK_NOT_FOUND"],
    ["EIO", "CK_READ_FAILED"],
  ])("the system's %s is %s", (code, ours) => {
    const cause = Object.assign(new Error("system"), { code });
    expect(fileError(cause, "/x")).toMatchObject({ code: ours, file: "/x", cause });
  });

  test("errors that are no system errors stay what they are", () => {
    const bug = new TypeError("bug");
    expect(fileError(bug, "/x")).toBe(bug);
  });
});

describe("a file that changes while it is read", () => {
  const path = () => {
    const file = join(temporaryFolder(), "model.safetensors");
    writeFileSync(file, safetensorsBytes([{ name: "w", dtype: "F32", shape: [4, 4] }]));
    return file;
  };

  test.each<[string, (file: string) => void]>([
    ["written again", (file) => writeFileSync(file, "other")],
    ["cut off", (file) => writeFileSync(file, "")],
  ])("%s gives CK_FILE_CHANGED", async (_, change) => {
    const file = path();
    const reading = withFile(file, async (open) => {
      change(file);
      return open.read(0, open.source.size);
    });
    await expect(reading).rejects.toMatchObject({ code: "CK_FILE_CHANGED", file });
  });

  test("the source holds size, time and inode as they were", async () => {
    const file = path();
    const source = await withFile(file, async (open) => open.source);
    const { tensors } = await openCheckpoint(file);
    expect(tensors[0]!.bytes.file).toEqual(source);
    expect(source.size).toBe(safetensorsBytes([{ name: "w", dtype: "F32", shape: [4, 4] }]).length);
    expect(typeof source.mtimeNs).toBe("bigint");
  });
});
