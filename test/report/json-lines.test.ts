import { expect, test } from "vitest";
import { toRecord } from "../../lib/analysis/columns.ts";
import { jsonLine, rowJson } from "../../lib/report/json-lines.ts";
import { fakeErrorRow, fakeRow } from "../analysis/fakes.ts";

test("a row is one line that parses to its record, every bit of its numbers kept", () => {
  for (const row of [fakeRow("a"), fakeErrorRow("b")]) {
    const text = rowJson(row);
    expect(text.indexOf("\n")).toBe(text.length - 1);
    expect(JSON.parse(text)).toEqual(toRecord(row));
  }
});

test("nothing a terminal would act on is left in the text, and the value is the same", () => {
  const name = "a\u001b[2J\u009b31m\u007f\r\n\u2028b é 😀";
  const text = jsonLine({ name });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(text.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/);
  expect(JSON.parse(text)).toEqual({ name });
});
