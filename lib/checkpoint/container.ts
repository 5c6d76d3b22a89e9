import { basename } from "node:path";
import { SpectrapError } from "../solver/error.ts";
import { withFile } from "./file.ts";

/** Formats known by their first bytes, which say more than a file name. */
const MAGICS: readonly [Uint8Array, string][] = [
  ["GPT-OSS v1.0", "a GPT-OSS Metal file, whose attention weights are permuted and rescaled"],
  ["GGUF", "a GGUF file"],
  ["\x89HDF\r\n\x1a\n", "an HDF5 (Keras) file"],
  ["\x93NUMPY", "a NumPy array"],
].map(([magic, what]) => [Buffer.from(magic!, "latin1"), what!]);

/** Formats known by their file names, the likeliest model first. */
const NAMES: readonly [RegExp, string][] = [
  [/^pytorch_model.*\.bin(\.index\.json)?$/, "a PyTorch checkpoint"],
  [/\.gguf$/, "a GGUF file"],
  [/\.onnx$/, "an ONNX model"],
  [/\.(keras|h5|hdf5)$/, "a Keras model"],
  [/\.npz$/, "a NumPy archive"],
  [/\.npy$/, "a NumPy array"],
  [/\.(bin|bin\.index\.json|pt|pth|ckpt)$/, "a PyTorch checkpoint"],
];

/** What a file name promises other than safetensors, or null. */
export function otherFormat(path: string): string | null {
  return NAMES.find(([pattern]) => pattern.test(basename(path)))?.[1] ?? null;
}

/** The file of a folder that looks most like a model in another format, or undefined. */
export function likeliestOther(names: readonly string[]): string | undefined {
  for (const [pattern] of NAMES) {
    const found = names.find((name) => pattern.test(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Throws CK_UNSUPPORTED_CONTAINER, naming the format, when the file is known to be something else. */
export async function refuseOtherFormat(path: string): Promise<void> {
  const magic = await withFile(path, async (file) => {
    const first = Buffer.from(await file.read(0, Math.min(16, file.source.size)));
    return MAGICS.find(([mark]) => first.subarray(0, mark.length).equals(mark))?.[1];
  });
  const what = magic ?? otherFormat(path);
  if (what !== null) throw unsupported(path, what);
}

export function unsupported(path: string, what: string): SpectrapError {
  return new SpectrapError("CK_UNSUPPORTED_CONTAINER", `is ${what}, which is not read`, {
    file: path,
    hint: "convert the model to safetensors",
  });
}
