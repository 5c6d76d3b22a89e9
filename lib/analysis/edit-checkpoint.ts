import type { Checkpoint, Warning } from "../checkpoint/checkpoint.ts";
import { weightMatrices } from "../checkpoint/matrices.ts";
import { type RewriteProgress, rewriteCheckpoint } from "../checkpoint/rewrite/rewrite.ts";
import { checkEdits, type Edit, type EditReport, type MatrixEdits } from "../solver/edit.ts";
import { printable, SpectrapError } from "../solver/error.ts";
import { allowedCores } from "../solver/machine.ts";
import { openSolver } from "../solver/open.ts";
import { cancelled } from "./failure.ts";
import { solverMemory } from "./memory.ts";
import { invalid } from "./options.ts";

export interface EditOptions {
  /** Keys the shuffles of `component` edits together with the name of the matrix. Default 0. */
  seed?: number;
  /** Edit entries and components of down-projections too. Default false. */
  force?: boolean;
  /** Native threads; default: one per physical core this process may use. */
  threads?: number;
  /** Budget in bytes for matrices at work; default: half of the free memory. */
  memoryBytes?: number;
  /** Instead of it: a bound of the resident memory of the whole process. */
  peakBytes?: number;
  /** Ends the work with an error of code `ERR_CANCELLED`; nothing is left of the new checkpoint. */
  signal?: AbortSignal;
  /** Called as the new files grow. */
  onProgress?: (progress: RewriteProgress) => void;
}

/** A matrix that was edited. */
export interface EditedMatrix extends EditReport {
  name: string;
  edits: readonly Edit[];
}

export interface EditedCheckpoint {
  files: { name: string; bytes: number }[];
  /** Whether the MXFP4 experts have become BF16, all of them. */
  converted: boolean;
  /** In the order they were named in. */
  matrices: EditedMatrix[];
  warnings: Warning[];
}

/**
 * Writes a copy of a checkpoint to a new or empty folder in which the named matrices are edited; the original is only
 * read. Names, types and files of tensors stay, and every byte that no edit concerns. One exception: if an MXFP4 expert is
 * edited, all experts become BF16 (`experts.gate_up_proj` [experts, in, 2·intermediate], gate and up in turns by column,
 * and `experts.down_proj` [experts, in, out]; in OpenAI's layout `mlp.mlp1_weight` and `mlp.mlp2_weight` [experts, out, in], gate
 * and up in turns by row) and config.json loses its `quantization_config`, since that file says one thing of all of them.
 *
 * An outlier can be load-bearing: zeroing one entry of a published model of a billion parameters multiplies its perplexity
 * by thousands, and the known entries of this kind lie in down-projections (Yu et al. 2024, "The super weight in large
 * language models"). Hence a warning on every edit but smoothing, and a refusal of entries and components there.
 *
 * @throws SpectrapError `EDIT_DOWN_PROJECTION` without `force`, `US_OPTION`, `EDIT_RANGE`, `RW_*`, `MEMORY_BUDGET`,
 *   `NON_FINITE` and what reading the checkpoint throws. After any of them nothing is left in the folder.
 */
export async function editCheckpoint(
  checkpoint: Checkpoint,
  edits: readonly MatrixEdits[],
  folder: string,
  options: EditOptions = {},
): Promise<EditedCheckpoint> {
  const wanted = edits.filter(({ edits }) => edits.length > 0);
  checkAll(wanted, options.force ?? false);
  const { signal, seed = 0, threads = allowedCores() } = options;
  const memory = solverMemory(
    { memoryBytes: options.memoryBytes, peakBytes: options.peakBytes },
    threads,
    wanted.length,
  );
  const solver = openSolver({ threads, ...memory });
  const cancel = () => solver.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    if (signal?.aborted) throw cancelled(signal);
    const written = await rewriteCheckpoint(checkpoint, weightMatrices(checkpoint), wanted, folder, {
      edit: (piece) => solver.edit(piece, seed),
      lanes: 2 * threads, // while the pieces of some are written, others are computed
      signal,
      onProgress: options.onProgress,
    });
    const { files, converted, reports } = written;
    return {
      files,
      converted,
      matrices: wanted.map(({ matrix, edits }) => ({
        name: matrix.name,
        edits,
        ...reports.get(matrix.name)!,
      })),
      warnings: [...editWarnings(wanted, converted), ...written.warnings],
    };
  } catch (error) {
    throw signal?.aborted ? cancelled(signal) : error;
  } finally {
    signal?.removeEventListener("abort", cancel);
    solver.close();
  }
}

/** Whether an edit takes out what may be a single entry. */
function removes({ kind }: Edit): boolean {
  return kind === "entry" || kind === "component";
}

function checkAll(wanted: readonly MatrixEdits[], force: boolean): void {
  if (wanted.length === 0) throw invalid("edits", [], "at least one matrix to edit");
  const names = new Set<string>();
  for (const edit of wanted) {
    const { name, role } = edit.matrix;
    if (names.has(name)) throw invalid("edits", name, "every matrix once");
    names.add(name);
    checkEdits(edit);
    if (force || role !== "down" || !edit.edits.some(removes)) continue;
    const reason = "lies in a down-projection, where a single entry can carry the whole model";
    throw new SpectrapError("EDIT_DOWN_PROJECTION", `the entry or component to remove ${reason}`, {
      tensor: name,
      hint: "--force does it all the same; compare the model's output before and after",
    });
  }
}

function editWarnings(wanted: readonly MatrixEdits[], converted: boolean): Warning[] {
  const warnings: Warning[] = [];
  const removed = wanted.filter(({ edits }) => edits.some(({ kind }) => kind !== "keep"));
  if (removed.length > 0) {
    const names = removed.slice(0, 3).map(({ matrix }) => printable(matrix.name));
    const list = `${names.join(", ")}${removed.length > 3 ? ", …" : ""}`;
    const message = `${list}: a trap is a candidate, not a disease: it may be load-bearing; compare the model's output before and after`;
    warnings.push({ code: "EDIT_LOAD_BEARING", message });
  }
  if (converted) {
    const message =
      "an MXFP4 expert was edited, so all experts became BF16 (the others without loss, 3.8 times as large), and what config.json or dtypes.json said of MXFP4 is gone";
    warnings.push({ code: "EDIT_CONVERTED", message });
  }
  return warnings;
}
