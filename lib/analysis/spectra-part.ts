import { crc32 } from "node:zlib";
import type { TapSpectra } from "../solver/solver.ts";
import type { AppendFile } from "./append-file.ts";

/** Where the full spectra of one matrix stand in the growing file, as the journal remembers it. */
export interface StoredSpectra {
  offset: number;
  bytes: number;
  crc32: number;
  taps: number;
  /** Eigenvalues of one tap. */
  M: number;
  replicas: number;
}

/** Little-endian float64: for each tap its M eigenvalues, then for each replica and tap the same. */
export async function storeSpectra(file: AppendFile, taps: readonly TapSpectra[]): Promise<StoredSpectra> {
  const replicas = taps[0]?.shuffled.length ?? 0;
  const blocks = [
    ...taps.map(({ eigenvalues }) => eigenvalues),
    ...Array.from({ length: replicas }, (_, replica) =>
      taps.map(({ shuffled }) => shuffled[replica]!),
    ).flat(),
  ];
  const bytes = Buffer.concat(blocks.map(littleEndian));
  return {
    offset: await file.append(bytes),
    bytes: bytes.length,
    crc32: crc32(bytes),
    taps: taps.length,
    M: taps[0]?.eigenvalues.length ?? 0,
    replicas,
  };
}

/** The bytes of a matrix's spectra, or null if they are not all there. */
export async function readSpectra(file: AppendFile, stored: StoredSpectra): Promise<Buffer | null> {
  const bytes = await file.read(stored.offset, stored.bytes);
  return bytes.length === stored.bytes && crc32(bytes) === stored.crc32 ? bytes : null;
}

function littleEndian(values: Float64Array): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeDoubleLE(value, 8 * i);
  return bytes;
}
