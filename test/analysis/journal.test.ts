import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppendFile } from "../../lib/analysis/append-file.ts";
import { Journal } from "../../lib/analysis/journal.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spectrap-journal-"));
  path = join(folder, "journal.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

type Numbered = { n: number; text?: string };

async function withJournal<T>(use: (journal: Journal<Numbered>) => Promise<T>): Promise<T> {
  const file = await AppendFile.open(path);
  try {
    return await use(new Journal<Numbered>(file));
  } finally {
    await file.close();
  }
}

async function entries(): Promise<Numbered[]> {
  return withJournal(async (journal) => {
    const found: Numbered[] = [];
    for await (const { record } of journal.entries()) found.push(record);
    return found;
  });
}

const records: Numbered[] = Array.from({ length: 40 }, (_, n) => ({ n, text: "é\n".repeat(n) }));

test("what is appended at once comes back in order, and from its places", async () => {
  const places = await withJournal((journal) => Promise.all(records.map((record) => journal.append(record))));
  expect(await entries()).toEqual(records);
  await withJournal(async (journal) => {
    for (const [n, place] of places.entries()) expect(await journal.read(place)).toEqual(records[n]);
  });
});

test("whoever appends when a write has just ended is not forgotten", async () => {
  await withJournal(async (journal) => {
    const chain = async (first: number) => {
      for (let n = first; n < 300; n += 3) await journal.append({ n });
    };
    await Promise.all([chain(0), chain(1), chain(2)]);
  });
  expect((await entries()).map(({ n }) => n).sort((a, b) => a - b)).toEqual([...Array(300).keys()]);
});

test("a record longer than the reader's piece is read whole", async () => {
  const long = { n: 1, text: "x".repeat(3_000_000) };
  await withJournal(async (journal) => {
    for (const record of [{ n: 0 }, long, { n: 2 }]) await journal.append(record);
  });
  expect(await entries()).toEqual([{ n: 0 }, long, { n: 2 }]);
});

test("a last record torn at any byte does not count, and the next one does not run into it", async () => {
  await withJournal(async (journal) => {
    for (const record of records.slice(0, 3)) await journal.append(record);
  });
  const whole = readFileSync(path);
  const last = whole.lastIndexOf("\n", whole.length - 2) + 1;
  for (let end = last; end < whole.length; end++) {
    writeFileSync(path, whole.subarray(0, end));
    expect(await entries()).toEqual(records.slice(0, 2));
    await withJournal(async (journal) => {
      await journal.truncate(last);
      await journal.append({ n: 7 });
    });
    expect(await entries()).toEqual([...records.slice(0, 2), { n: 7 }]);
  }
});

test("a flipped bit anywhere costs the record it is in, and no other", async () => {
  await withJournal(async (journal) => {
    for (const record of records.slice(0, 4)) await journal.append(record);
  });
  const whole = readFileSync(path);
  for (let bit = 0; bit < 8 * whole.length; bit += 3) {
    const damaged = Buffer.from(whole);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(path, damaged);
    const left = await entries();
    // A line end that is gone joins two records.
    const joins = whole[bit >> 3] === 0x0a && bit >> 3 < whole.length - 1;
    expect(left).toHaveLength(joins ? 2 : 3);
    for (const record of left) expect(records).toContainEqual(record);
  }
});

test("a file that cannot be written is OUT_WRITE, for every record that waits", async () => {
  const file = await AppendFile.open(path);
  await file.close();
  const journal = new Journal<Numbered>(file);
  const failures = await Promise.allSettled([journal.append({ n: 1 }), journal.append({ n: 2 })]);
  for (const failure of failures) {
    expect(failure).toMatchObject({ status: "rejected", reason: { code: "OUT_WRITE", file: path } });
  }
  for (const n of [3, 4])
    await expect(journal.append({ n })).rejects.toMatchObject({ code: "OUT_WRITE", file: path });
});
