import { constants, gunzip, gunzipSync } from "node:zlib";
import { withFile } from "../../checkpoint/file.ts";
import { SpectrapError } from "../../solver/error.ts";

/** An array of unsigned bytes, as an IDX file holds it: row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/** Bytes of an IDX file, packed and unpacked: the largest public sets of digits have 550 million. */
const MAX_IDX_BYTES = 2 ** 30;
/** Bytes of a packed file from which the header is unpacked: enough for 255 dimensions. */
const HEAD_BYTES = 2048;
/** Element type "unsigned byte". */
const UNSIGNED_BYTE = 0x08;
const OTHER_TYPES: Record<number, string> = {
  9: "signed bytes",
  11: "16-bit integers",
  12: "32-bit integers",
  13: "32-bit floats",
  14: "64-bit floats",
};

/**
 * Reads a file of the format of Y. LeCun's MNIST pages (1998): two zero bytes, the element type, the number of dimensions,
 * their sizes as big-endian words of 32 bits, then the elements. Packed by gzip or not: its first bytes tell.
 *
 * @param rank dimensions it must have: 3 for images (count, rows, columns), 1 for labels.
 * @throws by rejection: SpectrapError `IDX_*` of docs/errors.md, and `CK_*` where the file cannot be read.
 */
export async function readIdx(path: string, rank: number): Promise<IdxArray> {
  const bytes = await withFile(path, ({ source, read }) => {
    if (source.size > MAX_IDX_BYTES)
      throw idxError("IDX_LIMIT", `has more than ${MAX_IDX_BYTES} bytes`, path);
    return read(0, source.size);
  });
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return parseIdx(bytes, rank, path);
  const head = unpackedHead(bytes, path);
  const size = dataBegin(head, rank, path) + elements(shapeOf(head, rank, path), path);
  return parseIdx(await unpacked(bytes, size, path), rank, path);
}

function parseIdx(bytes: Uint8Array, rank: number, path: string): IdxArray {
  const begin = dataBegin(bytes, rank, path);
  const shape = shapeOf(bytes, rank, path);
  const declared = begin + elements(shape, path);
  if (bytes.length < declared) {
    throw idxError("IDX_TRUNCATED", `declares ${declared} bytes and has ${bytes.length}`, path, bytes.length);
  }
  if (bytes.length > declared) throw trailing(declared, path);
  return { shape, values: bytes.subarray(begin) };
}

/** Checks the first four bytes; returns where the elements begin. */
function dataBegin(bytes: Uint8Array, rank: number, path: string): number {
  if (bytes.length < 4) throw idxError("IDX_TRUNCATED", `has ${bytes.length} of the 4 first bytes`, path, 0);
  const [first, second, type, dimensions] = bytes as unknown as [number, number, number, number];
  if (first !== 0 || second !== 0 || !(type === UNSIGNED_BYTE || type in OTHER_TYPES)) {
    const magic = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw idxError("IDX_BAD_MAGIC", `begins with the bytes ${magic}, which is no IDX file`, path, 0);
  }
  if (type !== UNSIGNED_BYTE) {
    throw idxError("IDX_TYPE_UNSUPPORTED", `holds ${OTHER_TYPES[type]}, not unsigned bytes`, path, 2);
  }
  if (dimensions !== rank) {
    const kind = rank === 1 ? "labels have 1" : `images have ${rank}`;
    throw idxError("IDX_DIMENSIONS", `has ${dimensions} dimensions, ${kind}`, path, 3);
  }
  return 4 + 4 * rank;
}

function shapeOf(bytes: Uint8Array, rank: number, path: string): number[] {
  if (bytes.length < 4 + 4 * rank) {
    throw idxError("IDX_TRUNCATED", "ends within the sizes of its dimensions", path, bytes.length);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const empty = shape.indexOf(0);
  if (empty >= 0) throw idxError("IDX_EMPTY", `dimension ${empty} has size 0`, path, 4 + 4 * empty);
  return shape;
}

/** Products of sizes are compared with the limit one by one, long before they leave the integers. */
function elements(shape: readonly number[], path: string): number {
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (count > MAX_IDX_BYTES) {
      throw idxError(
        "IDX_LIMIT",
        `declares more than ${MAX_IDX_BYTES} elements: ${shape.join(" × ")}`,
        path,
        4,
      );
    }
  }
  return count;
}

function unpackedHead(packed: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(packed.subarray(0, HEAD_BYTES), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw packingError(path, cause);
  }
}

/** Unpacks `size` bytes, and not one more: a small file can hold any number. */
function unpacked(packed: Uint8Array, size: number, path: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // With `info` the stream comes along, which counts what it read; the types know nothing of it.
    type Info = { buffer: Buffer; engine: { bytesWritten: number } };
    const done = (error: NodeJS.ErrnoException | null, result: unknown): void => {
      if (error !== null) {
        reject(error.code === "ERR_BUFFER_TOO_LARGE" ? trailing(size, path) : packingError(path, error));
        return;
      }
      const { buffer, engine } = result as Info;
      if (engine.bytesWritten === packed.length) resolve(buffer);
      else {
        const reason = "goes on after the end of what gzip packed";
        reject(idxError("IDX_TRAILING_BYTES", reason, path, engine.bytesWritten));
      }
    };
    gunzip(packed, { info: true, maxOutputLength: size }, done);
  });
}

function trailing(declared: number, path: string): SpectrapError {
  return idxError("IDX_TRAILING_BYTES", `declares ${declared} bytes and goes on`, path, declared);
}

function packingError(path: string, cause: unknown): SpectrapError {
  const reason = "begins as a gzip file and cannot be unpacked";
  return new SpectrapError("IDX_GZIP_INVALID", reason, { file: path, hint: "download it again", cause });
}

function idxError(code: string, reason: string, file: string, offset?: number): SpectrapError {
  const place = { file, ...(offset === undefined ? {} : { offset }) };
  return new SpectrapError(code, reason, {
    ...place,
    hint: "give an IDX file of unsigned bytes, raw or gzip",
  });
}
