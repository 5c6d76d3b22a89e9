import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { addon } from "../solver/addon.ts";
import type { SpectrapError } from "../solver/error.ts";
import type { StageSeconds } from "../solver/solver.ts";
import { AppendFile } from "./append-file.ts";
import { fromRecord, toRecord } from "./columns.ts";
import { mayPass } from "./failure.ts";
import { Journal, type Place } from "./journal.ts";
import { type Manifest, manifestDifferences, manifestOf } from "./manifest.ts";
import { outError } from "./out-error.ts";
import type { AnalysisPlan } from "./plan.ts";
import type { RunRecord } from "./record.ts";
import { type RefusalCode, refusal } from "./refusal.ts";
import type { Row } from "./row.ts";
import type { FinishedMatrix, Keeper } from "./run.ts";
import { packSketch, sketchRecord } from "./sketch-record.ts";
import { readSpectra, type StoredSpectra, storeSpectra } from "./spectra-part.ts";
import { PARTIAL, writeWhole } from "./whole-file.ts";

export interface RunFolderOptions {
  /** Go on with the run in the folder; one that holds none begins a new run. Default false. */
  resume?: boolean;
  /** Keep every eigenvalue, in `spectra.safetensors`. Default false. */
  saveSpectra?: boolean;
}

/** The journal's records: one that ties it to its manifest, one for each session and matrix, one at the end. */
type Entry = RunEntry | SessionEntry | MatrixEntry | EndEntry;

interface RunEntry {
  kind: "run";
  manifestSha256: string;
}

interface SessionEntry {
  kind: "session";
  started: string;
  location: string;
  threads: number;
  memoryBytes: number;
}

interface MatrixEntry {
  kind: "matrix";
  order: number;
  /** Under its column names. */
  row: Record<string, unknown>;
  /** gzip, base64. */
  sketch: string | null;
  spectra: StoredSpectra | null;
  seconds: StageSeconds | null;
  finished: string;
  /** Of the process, its largest so far included. */
  residentBytes: number;
  peakBytes: number;
}

/** All matrices were finished and the final files written. */
interface EndEntry {
  kind: "end";
  finished: string;
}

interface JournaledMatrix {
  order: number;
  row: Row;
  spectra: StoredSpectra | null;
  place: Place;
}

/** A matrix as the journal gives it back. */
export interface KeptMatrix {
  row: Row;
  sketch: Buffer | null;
  /** Null if they were not asked for, or the matrix failed. */
  spectra: { stored: StoredSpectra; read: () => Promise<Buffer> } | null;
}

const RUN_FILES = {
  manifest: "manifest.json",
  journal: "journal.jsonl",
  spectraPart: "spectra.part",
} as const;

/**
 * A folder that keeps a run while it goes on: the manifest says what its rows depend on, the journal grows by a record
 * for each finished matrix. Whatever ends the process, the next one goes on where the journal ends. One process at a
 * time: the system's lock on the journal goes with the process that has it.
 */
export class RunFolder implements Keeper {
  readonly path: string;
  readonly #resume: boolean;
  readonly saveSpectra: boolean;
  #files: { journal: Journal<Entry>; journalFile: AppendFile; spectra: AppendFile | null } | null = null;
  readonly #places = new Map<number, Place>();
  readonly #restored = new Map<number, Row>();
  #damaged = 0;
  #finished = false;
  #unsettled = false;

  constructor(path: string, options: RunFolderOptions = {}) {
    this.path = path;
    this.#resume = options.resume ?? false;
    this.saveSpectra = options.saveSpectra ?? false;
  }

  /** Rows that an earlier session has finished. */
  get restoredRows(): number {
    return this.#restored.size;
  }

  /** Records of the journal, or spectra, that were unreadable; their matrices are analysed again. */
  get damagedRecords(): number {
    return this.#damaged;
  }

  /** All matrices are kept and the final files written. */
  get finished(): boolean {
    return this.#finished;
  }

  /**
   * Takes the folder for this process and reads what is in it. Errors: `RUN_EXISTS`, `RUN_LOCKED`, `RUN_DIFFERS`,
   * `RUN_DAMAGED`, `OUT_NOT_EMPTY`, `OUT_WRITE`. After an error the folder is as it was.
   */
  async begin(plan: AnalysisPlan, record: RunRecord): Promise<void> {
    const manifest = manifestOf(plan, record, this.saveSpectra);
    try {
      await mkdir(this.path, { recursive: true });
      const names = await readdir(this.path);
      if (!names.includes(RUN_FILES.journal)) this.#refuseForeignFiles(names);
      const journalFile = await AppendFile.open(this.#in("journal"));
      this.#files = { journal: new Journal<Entry>(journalFile), journalFile, spectra: null };
      if (!addon().tryLock(journalFile.descriptor)) throw this.#refusal("RUN_LOCKED");
      const first = await this.#firstRecord(names);
      if (first === null) this.#refuseForeignFiles(names);
      if (first !== null && !this.#resume) throw this.#refusal("RUN_EXISTS");
      await (first === null ? this.#start(manifest) : this.#continue(first, manifest));
      if (!this.#finished) await this.#appendSession(record);
    } catch (error) {
      await this.close();
      throw outError(error, this.path);
    }
  }

  /** The row of the matrix with this place in the plan, if an earlier session has finished it. */
  restored(order: number): Row | undefined {
    return this.#restored.get(order);
  }

  /** Resolves when the matrix is safely kept. Errors: OUT_WRITE. */
  async keep(order: number, { row, solved }: FinishedMatrix): Promise<void> {
    const { journal, spectra } = this.#open();
    const stored =
      solved !== null && spectra !== null ? await storeSpectra(spectra, solved.spectra.taps) : null;
    const place = await journal.append({
      kind: "matrix",
      order,
      row: toRecord(row),
      sketch: solved && packSketch(sketchRecord(solved.matrix, solved.spectra)).toString("base64"),
      spectra: stored,
      seconds: solved?.spectra.seconds ?? null,
      finished: new Date().toISOString(),
      residentBytes: process.memoryUsage.rss(),
      peakBytes: process.resourceUsage().maxRSS * 1024,
    });
    this.#places.set(order, place);
    this.#unsettled ||= !isSettled(row);
  }

  /** Every matrix of the finished run, in plan order. */
  async *kept(): AsyncGenerator<KeptMatrix> {
    const { journal, spectra } = this.#open();
    for (const [, place] of [...this.#places].sort(([a], [b]) => a - b)) {
      const entry = (await journal.read(place)) as MatrixEntry;
      const stored = entry.spectra;
      yield {
        row: fromRecord(entry.row),
        sketch: entry.sketch === null ? null : Buffer.from(entry.sketch, "base64"),
        spectra:
          stored === null || spectra === null
            ? null
            : { stored, read: async () => (await readSpectra(spectra, stored)) ?? this.#lost() },
      };
    }
  }

  /** Says that the final files are written. Errors: OUT_WRITE. */
  async finish(): Promise<void> {
    await this.#open().journal.append({ kind: "end", finished: new Date().toISOString() });
    this.#finished = true;
    // If a matrix may yet pass, a later session writes the final file again.
    if (this.saveSpectra && !this.#unsettled) await rm(this.#in("spectraPart"), { force: true });
  }

  /** Gives the folder free. What it keeps stays. */
  async close(): Promise<void> {
    const files = this.#files;
    this.#files = null;
    await files?.spectra?.close();
    await files?.journalFile.close();
  }

  /** Where no run is yet, anything but the beginnings of one is somebody else's. */
  #refuseForeignFiles(names: readonly string[]): void {
    const own: readonly string[] = Object.values(RUN_FILES);
    if (!names.every((name) => own.includes(name.replace(PARTIAL, "")))) throw this.#refusal("OUT_NOT_EMPTY");
  }

  /** A run is there once the journal's first record is; before that nothing can be lost. */
  async #firstRecord(names: readonly string[]): Promise<RunEntry | null> {
    const { journal } = this.#open();
    const { value: first } = await journal.entries().next();
    if (first?.offset === 0 && first.record.kind === "run") return first.record;
    if (first !== undefined) throw this.#refusal("RUN_DAMAGED", "the journal has lost its beginning");
    // Our own torn beginning is short, and stands beside the manifest that was written before it.
    const torn = journal.size <= LONGEST_FIRST_RECORD && names.includes(RUN_FILES.manifest);
    if (journal.size > 0 && !torn) throw this.#refusal("RUN_DAMAGED", "the journal is unreadable");
    return null;
  }

  async #start(manifest: Manifest): Promise<void> {
    const { journal } = this.#open();
    await journal.truncate(0);
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeWhole(this.#in("manifest"), [text]);
    await journal.append({ kind: "run", manifestSha256: sha256(text) });
    const spectra = await this.#openSpectra();
    await spectra?.truncate(0);
  }

  async #continue(first: RunEntry, manifest: Manifest): Promise<void> {
    const before = await this.#readManifest(first);
    const differences = manifestDifferences(before, manifest);
    if (differences.length > 0) throw this.#refusal("RUN_DIFFERS", differences.join(", "));
    const matrices = await this.#readJournal();
    const settled = matrices.filter(({ row }) => isSettled(row));
    // Of a finished run the spectra have moved to their final file, and nothing will be added to it.
    if (this.#finished && settled.length === matrices.length) return this.#restore(settled);
    this.#finished = false;
    this.#restore(await this.#withSpectra(settled));
  }

  #restore(matrices: readonly JournaledMatrix[]): void {
    for (const { order, row, place } of matrices) {
      this.#restored.set(order, row);
      this.#places.set(order, place);
    }
  }

  /** The latest record of every matrix; what follows the last record that holds is cut off. */
  async #readJournal(): Promise<JournaledMatrix[]> {
    const { journal } = this.#open();
    const matrices = new Map<number, JournaledMatrix>();
    let end = 0;
    for await (const { record, offset, length } of journal.entries()) {
      if (offset > end) this.#damaged++;
      end = offset + length;
      if (record.kind === "end") this.#finished = true;
      if (record.kind !== "matrix") continue;
      this.#finished = false;
      const { order, row, spectra } = record;
      matrices.set(order, { order, row: fromRecord(row), spectra, place: { offset, length } });
    }
    if (journal.size > end) {
      this.#damaged++;
      await journal.truncate(end);
    }
    return [...matrices.values()];
  }

  /** Those whose spectra are all there; what was appended behind them is cut off. */
  async #withSpectra(matrices: readonly JournaledMatrix[]): Promise<JournaledMatrix[]> {
    const file = await this.#openSpectra();
    if (file === null) return [...matrices];
    const whole: JournaledMatrix[] = [];
    let end = 0;
    for (const matrix of matrices) {
      const { spectra } = matrix;
      if (spectra !== null && (await readSpectra(file, spectra)) === null) {
        this.#damaged++;
        continue;
      }
      end = Math.max(end, spectra === null ? 0 : spectra.offset + spectra.bytes);
      whole.push(matrix);
    }
    if (file.size > end) await file.truncate(end);
    return whole;
  }

  async #readManifest({ manifestSha256 }: RunEntry): Promise<Manifest> {
    const text = await readFile(this.#in("manifest"), "utf8").catch(() => "");
    if (sha256(text) === manifestSha256) return JSON.parse(text) as Manifest;
    throw this.#refusal("RUN_DAMAGED", `${RUN_FILES.manifest} is not the one its journal was begun with`);
  }

  async #openSpectra(): Promise<AppendFile | null> {
    const files = this.#open();
    if (this.saveSpectra) files.spectra = await AppendFile.open(this.#in("spectraPart"));
    return files.spectra;
  }

  async #appendSession({ started, location, solver }: RunRecord): Promise<void> {
    const { threads, memoryBytes } = solver!;
    await this.#open().journal.append({ kind: "session", started, location, threads, memoryBytes });
  }

  #open() {
    if (this.#files === null) throw new Error("the run folder is not open");
    return this.#files;
  }

  #in(file: keyof typeof RUN_FILES): string {
    return join(this.path, RUN_FILES[file]);
  }

  #refusal(code: RefusalCode, detail = ""): SpectrapError {
    return refusal(code, this.path, detail);
  }

  #lost(): never {
    throw this.#refusal("RUN_DAMAGED", `${RUN_FILES.spectraPart} has changed since it was written`);
  }
}

/** Longer than the first record, whose write may have been cut off. */
const LONGEST_FIRST_RECORD = 256;

/** Another session would find the same. */
function isSettled({ error }: Row): boolean {
  return error === null || !mayPass(error.code);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
