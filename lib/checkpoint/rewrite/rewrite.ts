import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { EditedPiece, EditReport, MatrixEdits, Piece } from "../../solver/edit.ts";
import { SpectrapError } from "../../solver/error.ts";
import type { Checkpoint, Warning } from "../checkpoint.ts";
import { checkSame, type OpenFile, withFile } from "../file.ts";
import { MAX_CONFIG_BYTES, MAX_INDEX_BYTES } from "../limits.ts";
import type { Plan } from "../plan.ts";
import { findCompanions, folderOf, withoutQuantization } from "./companions.ts";
import { newDtypes } from "./new-dtypes.ts";
import { newIndex } from "./new-index.ts";
import { type PartialFile, PartialFolder } from "./partial-folder.ts";
import { type NewFile, planRewrite, type RewritePlan } from "./plan.ts";

export interface RewriteControl {
  /** Computes a piece; called for up to `lanes` at a time. */
  edit: (piece: Piece) => Promise<EditedPiece>;
  lanes: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: RewriteProgress) => void) | undefined;
}

export interface RewriteProgress {
  /** File that is being written. */
  name: string;
  bytesWritten: number;
  bytesTotal: number;
}

export interface Rewritten {
  files: { name: string; bytes: number }[];
  /** Whether MXFP4 experts have become BF16, all of them. */
  converted: boolean;
  /** By the name of the matrix; of a kernel the largest of its taps. */
  reports: ReadonlyMap<string, EditReport>;
  warnings: Warning[];
}

const CONFIG = "config.json";
/** Of OpenAI's own release. */
const DTYPES = "dtypes.json";
/** Copied at a time. */
const BLOCK_BYTES = 8 * 2 ** 20;

/**
 * Writes a copy of a checkpoint in which some matrices are edited; the original is only read. All other bytes of the
 * weight files are those of the original, but if an MXFP4 expert is edited, every expert becomes BF16 (exactly) and
 * config.json loses its `quantization_config`. The files appear under their names when all of them are on the disk; after
 * an error, or once `signal` aborts, nothing is left.
 *
 * Errors: RW_*, CK_*, ST_*, MX_*, those of `control.edit`, and the reason of the signal.
 *
 * @param plan that of `checkpoint`, without fused matrices.
 */
export async function rewriteCheckpoint(
  checkpoint: Checkpoint,
  plan: Plan,
  edits: readonly MatrixEdits[],
  directory: string,
  control: RewriteControl,
): Promise<Rewritten> {
  const folder = folderOf(checkpoint);
  const byName = new Map(edits.map(({ matrix, edits }) => [matrix.name, edits]));
  const { files, converted } = await planRewrite(checkpoint, plan, byName, folder);
  const companions = await findCompanions(checkpoint);
  const bytesTotal = files.reduce((sum, { size }) => sum + size, 0);
  const out = await PartialFolder.create(directory, await sourceFolders(checkpoint));
  try {
    await out.requireRoom(bytesTotal);
    for (const name of companions.files) {
      await copyCompanion(out, join(folder, name), name, companionChange(name, converted));
    }
    const index = checkpoint.index;
    if (index !== null) await copyCompanion(out, index, basename(index), indexChange(files, converted));

    const reports = new Map<string, EditReport>();
    let bytesWritten = 0;
    for (const file of files) {
      await writeFile(out, file, control, reports, (bytes) => {
        bytesWritten += bytes;
        control.onProgress?.({ name: file.name, bytesWritten, bytesTotal });
      });
    }
    control.signal?.throwIfAborted();
    // The index goes first: until its shards are there, the folder is refused and not taken for a smaller model.
    await out.commit(index === null ? [] : [basename(index)]);
    return {
      files: files.map(({ name, size }) => ({ name, bytes: size })),
      converted: converted.length > 0,
      reports,
      warnings: companions.warnings,
    };
  } catch (error) {
    await out.discard();
    throw error;
  }
}

/**
 * Whether a new checkpoint could be written there: for those who have long work to do first. Errors: RW_NOT_EMPTY, RW_SOURCE,
 * RW_WRITE.
 */
export async function checkTarget(checkpoint: Checkpoint, directory: string): Promise<void> {
  const out = await PartialFolder.create(directory, await sourceFolders(checkpoint));
  await out.discard();
}

/** Real paths of the folders the checkpoint lies in: in the hub's cache its files are links to another one. */
async function sourceFolders(checkpoint: Checkpoint): Promise<string[]> {
  const paths = [folderOf(checkpoint)];
  for (const { path } of checkpoint.files) paths.push(dirname(await realpath(path)));
  return [...new Set(await Promise.all(paths.map((path) => realpath(path))))];
}

/** What a conversion changes of the files beside the weights. */
function companionChange(name: string, converted: RewritePlan["converted"]) {
  if (converted.length === 0) return null;
  if (name === CONFIG) return withoutQuantization;
  return name === DTYPES ? (text: string, file: string) => newDtypes(text, file, converted) : null;
}

function indexChange(files: readonly NewFile[], converted: RewritePlan["converted"]) {
  if (converted.length === 0) return null;
  const payload = files.reduce((sum, { size, head }) => sum + size - head.length, 0);
  return (text: string) => newIndex(text, converted, payload);
}

/** Copies a file, or what `change` makes of its text. */
async function copyCompanion(
  out: PartialFolder,
  path: string,
  name: string,
  change: ((text: string, file: string) => string) | null,
): Promise<void> {
  await withFile(path, async (source) => {
    const { size } = source.source;
    await out.write(name, async (target) => {
      if (change === null) return copyBytes(source, target, { from: 0, to: 0, bytes: size }, () => {});
      if (size > Math.max(MAX_INDEX_BYTES, MAX_CONFIG_BYTES)) {
        throw new SpectrapError("CK_LIMIT", `has ${size} bytes`, { file: path });
      }
      const text = Buffer.from(await source.read(0, size)).toString("utf8");
      await target.write(Buffer.from(change(text, path)), 0);
    });
  });
}

async function writeFile(
  out: PartialFolder,
  file: NewFile,
  { edit, lanes, signal }: RewriteControl,
  reports: Map<string, EditReport>,
  written: (bytes: number) => void,
): Promise<void> {
  await withFile(file.source.path, async (source) => {
    checkSame(source.source, file.source);
    await out.write(file.name, async (target) => {
      await target.write(file.head, 0);
      written(file.head.length);
      for (const copy of file.copies) {
        await copyBytes(source, target, copy, (bytes) => {
          signal?.throwIfAborted();
          written(bytes);
        });
      }
      await inLanes(file.pieces, lanes, async ({ piece, to }) => {
        signal?.throwIfAborted();
        const edited = await edit(piece);
        await target.write(edited.bytes, to);
        for (const [i, { matrix, edits }] of piece.parts.entries()) {
          if (edits.length > 0) keepReport(reports, matrix.name, edited.reports[i]!);
        }
        written(edited.bytes.length);
      });
    });
  });
}

function keepReport(reports: Map<string, EditReport>, name: string, { change, rounding }: EditReport): void {
  const before = reports.get(name) ?? { change: 0, rounding: 0 };
  reports.set(name, {
    change: Math.max(before.change, change),
    rounding: Math.max(before.rounding, rounding),
  });
}

async function copyBytes(
  source: OpenFile,
  target: PartialFile,
  { from, to, bytes }: { from: number; to: number; bytes: number },
  written: (bytes: number) => void,
): Promise<void> {
  for (let done = 0; done < bytes; done += BLOCK_BYTES) {
    const block = await source.read(from + done, Math.min(BLOCK_BYTES, bytes - done));
    await target.write(block, to + done);
    written(block.length);
  }
}

/** Works on up to `lanes` items at a time; after a failure no further one is begun, and those under way are waited for. */
async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failed = false;
  const lane = async () => {
    for (const item of rest) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(lanes, items.length) }, lane));
  const first = results.find(({ status }) => status === "rejected");
  if (first !== undefined) throw (first as PromiseRejectedResult).reason;
}
