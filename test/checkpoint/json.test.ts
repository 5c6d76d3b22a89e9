import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Json, JsonNumber, JsonSyntaxError, parseJson } from "../../lib/checkpoint/json.ts";

const parse = (text: string, nesting = 64) => parseJson(Buffer.from(text), { nesting });

/** What JSON.parse would have made of it. */
function toPlain(json: Json): unknown {
  if (json instanceof JsonNumber) return Number(json.text);
  if (json instanceof Map) return Object.fromEntries([...json].map(([key, value]) => [key, toPlain(value)]));
  return Array.isArray(json) ? json.map(toPlain) : json;
}

test("agrees with JSON.parse on whatever JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const { value: found, duplicate } = parse(text);
      expect(toPlain(found)).toEqual(JSON.parse(text));
      expect(duplicate).toBeNull();
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("accepts and refuses what JSON.parse accepts and refuses, on texts made of JSON's own pieces", () => {
  const pieces = [
    ...'{}[],:"\\ \n0123456789-+.eEu',
    "true",
    "null",
    '"a"',
    '"b":',
    "\\u0041",
    "\\n",
    "1.5e3",
    "-0",
    "01",
    "é",
    "\u0001",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expect(() => parse(text)).toThrow(JsonSyntaxError);
        return;
      }
      expect(toPlain(parse(text).value)).toEqual(expected);
    }),
    { seed: 2, numRuns: 5000 },
  );
});

describe("numbers", () => {
  test("plain indexes are numbers, all other spellings keep theirs", () => {
    const { value } = parse("[0, 7, 9007199254740991, 9007199254740992, 2.0, 1e3, -1, -0, 0.5]");
    expect((value as Json[]).map((item) => (item instanceof JsonNumber ? item.text : item))).toEqual([
      0,
      7,
      9007199254740991,
      "9007199254740992",
      "2.0",
      "1e3",
      "-1",
      "-0",
      "0.5",
    ]);
  });
});

describe("repeated keys", () => {
  test.each([
    ['{"a":1,"a":2}', "a", 7],
    ['{"a":1,"\\u0061":2}', "a", 7],
    ['{"x":{"b":1,"c":2,"b":3}}', "b", 18],
    ['[{"k":1},{"k":1,"k":1}]', "k", 16],
    ['{"__proto__":1,"__proto__":2}', "__proto__", 15],
  ])("%s", (text, key, offset) => {
    expect(parse(text).duplicate).toEqual({ key, offset });
  });

  test("the same key in different objects is none", () => {
    expect(parse('{"a":{"a":1},"b":[{"a":1},{"a":1}]}').duplicate).toBeNull();
  });
});

test("nesting is counted from the outermost value", () => {
  expect(() => parse("[[[]]]", 3)).not.toThrow();
  expect(() => parse("[[[{}]]]", 3)).toThrow(/deeper than 3/);
  expect(() => parse(`[${"[],".repeat(1000)}[]]`, 2)).not.toThrow();
  expect(() => parse("[".repeat(1_000_000), 4)).toThrow(JsonSyntaxError);
});

test.each([
  ['{"a" 1}', 5],
  ['{"a":1 "b":2}', 7],
  ["[1,]", 3],
  ['"\\x"', 1],
  ['"\\u00g0"', 3],
  ['"abc', 4],
  ["tru", 0],
  ["1.", 2],
  ["1 2", 2],
  ["", 0],
  ['"é" x', 5],
])("%s fails at byte %i", (text, offset) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ offset }));
});

test("half a surrogate pair comes through as it is; the reader of names refuses it", () => {
  expect(parse('"\\ud83d\\ude00 \\ud83d"').value).toBe("😀 \ud83d");
});
