import fc from "fast-check";
import { expect, test } from "vitest";
import { columns, toRecord } from "../../lib/analysis/columns.ts";
import { csvHeader, csvRow } from "../../lib/report/csv.ts";
import { fakeErrorRow, fakeRow } from "../analysis/fakes.ts";

/** RFC 4180, read character by character. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const record: string[] = [];
    for (;;) {
      let field = "";
      if (text[at] === '"') {
        for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
          if (text[at] === '"') at++;
          field += text[at];
        }
        at++;
      } else while (!",\r\n".includes(text[at]!)) field += text[at++];
      record.push(field);
      if (text[at] === ",") at++;
      else break;
    }
    expect(text.slice(at, at + 2)).toBe("\r\n");
    at += 2;
    records.push(record);
  }
  return records;
}

test("every row has a field for every column of the header", () => {
  const rows = [fakeRow("a"), fakeErrorRow("b"), fakeRow("c", { randNumSpikesByReplica: [1, null, 2] })];
  const [header, ...records] = parseCsv(csvHeader(rows[0]!) + rows.map(csvRow).join(""));
  expect(header).toEqual(Object.keys(toRecord(rows[0]!)));
  for (const record of records) expect(record).toHaveLength(header!.length);
  const at = (column: string) => records.map((record) => record[header!.indexOf(column)]);
  expect(at("name")).toEqual(["a", "b", "c"]);
  expect(at("error")).toEqual(["", "MX_SCALE_NAN: the scale is NaN", ""]);
  expect(at("rand_num_spikes_by_replica")).toEqual(["", "", "1;;2"]);
  expect(at("alpha")).toEqual([String(rows[0]!.alpha), "", String(rows[2]!.alpha)]);
});

test("numbers keep every bit", () => {
  const numbers = columns.filter(({ type }) => type === "number");
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const row = fakeRow("a", { [numbers[0]!.key]: value });
      const [header, record] = parseCsv(csvHeader(row) + csvRow(row));
      expect(Number(record![header!.indexOf(numbers[0]!.name)])).toBe(value === 0 ? 0 : value);
    }),
    { seed: 1 },
  );
});

test("names with commas, quotes and line ends come back unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'a,"\r\n;= ') }), (name) => {
      const [record] = parseCsv(csvRow(fakeRow("a", { name, tensor: name })));
      expect(record!.slice(1, 3)).toEqual([name, name]);
    }),
    { seed: 1 },
  );
});

test("reasons are column=reason, joined by semicolons", () => {
  const row = fakeRow("a", { reasons: { svMin: "below_precision", WScale: "mp_fit_failed" } });
  const [header, record] = parseCsv(csvHeader(row) + csvRow(row));
  expect(record![header!.indexOf("reasons")]).toBe("sv_min=below_precision;W_scale=mp_fit_failed");
});
