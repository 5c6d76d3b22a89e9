import { crc32 } from "node:zlib";
import type { AppendFile } from "./append-file.ts";

/** Where a record stands in its file, line end included. */
export interface Place {
  offset: number;
  length: number;
}

export interface JournalEntry<Entry> extends Place {
  record: Entry;
}

/** "0f1e2d3c {…}\n": the CRC-32 of the JSON text in front of it. */
const CHECKSUM_LENGTH = 8;
const LINE_FEED = 0x0a;

/** Bytes of the file looked at together; a longer line is read again from its beginning. */
const PIECE = 1 << 20;

/**
 * An append-only file of JSON records, one a line, each behind its checksum. A record counts if its checksum holds:
 * whatever a killed process, a full disk or a lost page left behind is not taken for a record.
 */
export class Journal<Entry> {
  readonly #file: AppendFile;

  constructor(file: AppendFile) {
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  /** Resolves with the record's place once it is on the disk. Errors: OUT_WRITE. */
  async append(record: Entry): Promise<Place> {
    const bytes = encode(record);
    return { offset: await this.#file.append(bytes), length: bytes.length };
  }

  /** Every record that holds, in the order they were written. */
  async *entries(): AsyncGenerator<JournalEntry<Entry>> {
    for await (const { offset, bytes } of this.#lines()) {
      const record = decode<Entry>(bytes);
      if (record !== null) yield { record, offset, length: bytes.length };
    }
  }

  /** The record at a place `append` or `entries` has named. */
  async read({ offset, length }: Place): Promise<Entry> {
    const record = decode<Entry>(await this.#file.read(offset, length));
    if (record === null) throw new Error(`no record of ${length} bytes at ${offset}`);
    return record;
  }

  /** Cuts the file off after the last record that holds; a torn end would run into the next record. */
  truncate(size: number): Promise<void> {
    return this.#file.truncate(size);
  }

  /** Lines with their ends; the last one may have none. */
  async *#lines(): AsyncGenerator<{ offset: number; bytes: Buffer }> {
    let offset = 0;
    let piece = PIECE;
    while (offset < this.#file.size) {
      const bytes = await this.#file.read(offset, Math.min(piece, this.#file.size - offset));
      let begin = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, begin)) {
        yield { offset: offset + begin, bytes: bytes.subarray(begin, end + 1) };
        begin = end + 1;
      }
      if (begin === 0 && offset + bytes.length < this.#file.size) {
        piece *= 2;
        continue;
      }
      if (begin === 0) {
        yield { offset, bytes };
        return;
      }
      offset += begin;
      piece = PIECE;
    }
  }
}

function encode(record: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  return Buffer.concat([Buffer.from(`${checksum(json)} `), json, Buffer.from("\n")]);
}

/** Null if the line is torn or damaged. */
function decode<Entry>(line: Buffer): Entry | null {
  if (line.length < CHECKSUM_LENGTH + 2 || line[line.length - 1] !== LINE_FEED) return null;
  const json = line.subarray(CHECKSUM_LENGTH + 1, -1);
  if (line.toString("latin1", 0, CHECKSUM_LENGTH + 1) !== `${checksum(json)} `) return null;
  return JSON.parse(json.toString()) as Entry;
}

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_LENGTH, "0");
}
