import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppendFile } from "../../analysis/append-file.ts";
import { Journal } from "../../analysis/journal.ts";
import { outError } from "../../analysis/out-error.ts";
import { type RefusalCode, refusal } from "../../analysis/refusal.ts";
import { PARTIAL, writeWhole } from "../../analysis/whole-file.ts";
import { addon } from "../../solver/addon.ts";
import type { SpectrapError } from "../../solver/error.ts";
import type { Measures } from "../measures/measure.ts";
import type { Parameters } from "../parameters.ts";
import type { TrainerState } from "../trainer/trainer.ts";
import type { CurveRecord } from "./curve.ts";
import { type ExperimentManifest, experimentDifferences } from "./manifest.ts";
import { readTensors, writeTensors } from "./tensor-file.ts";
import { readState, writeState } from "./trainer-state.ts";

/** The measures of a checkpoint. */
export interface MeasuredStep {
  step: number;
  measures: Measures;
}

type Entry =
  | { kind: "run"; manifestSha256: string }
  | { kind: "session"; started: string }
  | { kind: "curve"; record: CurveRecord }
  | { kind: "checkpoint"; record: MeasuredStep }
  | { kind: "end"; finished: string };

const FILES = {
  manifest: "manifest.json",
  journal: "journal.jsonl",
  state: "state.safetensors",
  curve: "curve.jsonl",
  measures: "measures.jsonl",
} as const;
const CHECKPOINTS = "checkpoints";

/**
 * A folder that keeps an experiment while it goes on: manifest, journal of curve and measures, a checkpoint of the parameters at each
 * measured step (`checkpoints/step-<step>.safetensors`, ready for `spectrap analyze`) and the latest state of the trainer. Whatever ends the
 * process, the next one goes on from that state. One process at a time.
 */
export class ExperimentFolder {
  readonly path: string;
  readonly #resume: boolean;
  readonly #curve = new Map<number, CurveRecord>();
  readonly #measured = new Map<number, MeasuredStep>();
  #journal: { journal: Journal<Entry>; file: AppendFile } | null = null;
  #latest: CurveRecord | null = null;
  #finished = false;

  constructor(path: string, { resume = false }: { resume?: boolean } = {}) {
    this.path = path;
    this.#resume = resume;
  }

  /** Everything is kept and the final files are written. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Ascending in step. */
  get curve(): CurveRecord[] {
    return [...this.#curve.values()].sort((a, b) => a.step - b.step);
  }

  /** Ascending in step. */
  get measured(): MeasuredStep[] {
    return [...this.#measured.values()].sort((a, b) => a.step - b.step);
  }

  /** The record of the curve that was kept last. */
  get latest(): CurveRecord | null {
    return this.#latest;
  }

  hasCurve(step: number): boolean {
    return this.#curve.has(step);
  }

  hasMeasures(step: number): boolean {
    return this.#measured.has(step);
  }

  /**
   * Takes the folder for this process and reads what is in it. Errors: `RUN_EXISTS`, `RUN_LOCKED`, `RUN_DIFFERS`, `RUN_DAMAGED`,
   * `OUT_NOT_EMPTY`, `OUT_WRITE`.
   */
  async begin(manifest: ExperimentManifest): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true });
      const names = await readdir(this.path);
      if (!names.includes(FILES.journal)) this.#refuseForeignFiles(names);
      const file = await AppendFile.open(this.#in("journal"));
      const journal = new Journal<Entry>(file);
      this.#journal = { journal, file };
      if (!addon().tryLock(file.descriptor)) throw this.#refusal("RUN_LOCKED");
      const { value: first } = await journal.entries().next();
      if (first === undefined) await this.#start(journal, manifest, names);
      else if (!this.#resume) throw this.#refusal("RUN_EXISTS");
      else if (first.offset > 0 || first.record.kind !== "run") {
        throw this.#refusal("RUN_DAMAGED", "the journal has lost its beginning");
      } else await this.#continue(journal, manifest, first.record.manifestSha256);
      if (!this.#finished) await journal.append({ kind: "session", started: new Date().toISOString() });
    } catch (error) {
      await this.close();
      throw outError(error, this.path);
    }
  }

  async keepCurve(record: CurveRecord): Promise<void> {
    await this.#open().append({ kind: "curve", record });
    this.#addCurve(record);
  }

  /** Keeps the parameters, then what was measured of them. */
  async keepCheckpoint(record: MeasuredStep, parameters: Parameters, dtype: "F32" | "F64"): Promise<void> {
    await mkdir(join(this.path, CHECKPOINTS), { recursive: true });
    await writeTensors(this.#checkpoint(record.step), parameters, dtype);
    await this.#open().append({ kind: "checkpoint", record });
    this.#measured.set(record.step, record);
  }

  parameters(step: number): Promise<Parameters> {
    return readTensors(this.#checkpoint(step));
  }

  keepState(state: TrainerState): Promise<void> {
    return writeState(this.#in("state"), state);
  }

  /** The latest state kept; null before the first. */
  async state(): Promise<TrainerState | null> {
    return existsSync(this.#in("state")) ? await readState(this.#in("state")) : null;
  }

  /** Writes a file of the experiment that others read: whole or not at all. Errors: OUT_WRITE. */
  async write(name: string, text: string): Promise<void> {
    const path = join(this.path, name);
    try {
      await mkdir(join(path, ".."), { recursive: true });
      await writeWhole(path, [text]);
    } catch (error) {
      throw outError(error, path);
    }
  }

  /** Writes curve and measures as JSON lines, and that all is done. */
  async finish(): Promise<void> {
    const lines = (records: readonly object[]) =>
      records.map((record) => `${JSON.stringify(record)}\n`).join("");
    await this.write(FILES.curve, lines(this.curve));
    await this.write(FILES.measures, lines(this.measured));
    await this.#open().append({ kind: "end", finished: new Date().toISOString() });
    this.#finished = true;
  }

  /** Gives the folder free. What it keeps stays. */
  async close(): Promise<void> {
    const open = this.#journal;
    this.#journal = null;
    await open?.file.close();
  }

  async #start(journal: Journal<Entry>, manifest: ExperimentManifest, names: string[]): Promise<void> {
    this.#refuseForeignFiles(names);
    await journal.truncate(0);
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeWhole(this.#in("manifest"), [text]);
    await journal.append({ kind: "run", manifestSha256: sha256(text) });
  }

  async #continue(journal: Journal<Entry>, manifest: ExperimentManifest, hash: string): Promise<void> {
    const text = await readFile(this.#in("manifest"), "utf8").catch(() => "");
    if (sha256(text) !== hash) {
      throw this.#refusal("RUN_DAMAGED", `${FILES.manifest} is not the one its journal was begun with`);
    }
    const differences = experimentDifferences(JSON.parse(text) as ExperimentManifest, manifest);
    if (differences.length > 0) throw this.#refusal("RUN_DIFFERS", differences.join(", "));
    let end = 0;
    for await (const { record: entry, offset, length } of journal.entries()) {
      end = offset + length;
      if (entry.kind === "curve") this.#addCurve(entry.record);
      if (entry.kind === "checkpoint") this.#measured.set(entry.record.step, entry.record);
      if (entry.kind === "end") this.#finished = true;
    }
    if (journal.size > end) await journal.truncate(end);
  }

  /** Where no run is yet, anything but the beginnings of one is somebody else's. */
  #refuseForeignFiles(names: readonly string[]): void {
    const own: readonly string[] = [FILES.manifest, FILES.journal];
    if (!names.every((name) => own.includes(name.replace(PARTIAL, "")))) throw this.#refusal("OUT_NOT_EMPTY");
  }

  #addCurve(record: CurveRecord): void {
    this.#curve.set(record.step, record);
    this.#latest = record;
  }

  #open(): Journal<Entry> {
    if (this.#journal === null) throw new Error("the folder of the experiment is not open");
    return this.#journal.journal;
  }

  #in(file: keyof typeof FILES): string {
    return join(this.path, FILES[file]);
  }

  /** Names sort as steps do. */
  #checkpoint(step: number): string {
    return join(this.path, CHECKPOINTS, `step-${String(step).padStart(9, "0")}.safetensors`);
  }

  #refusal(code: RefusalCode, detail = ""): SpectrapError {
    return refusal(code, this.path, detail);
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
