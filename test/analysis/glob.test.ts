import fc from "fast-check";
import { expect, test } from "vitest";
import { nameFilter } from "../../lib/analysis/glob.ts";

test("a name is kept if an including glob matches and no excluding one does", () => {
  const names = ["embed_tokens", "layers.0.q_proj", "layers.0.experts.1.gate", "layers.10.q_proj", "lm_head"];
  const kept = (...globs: string[]) => names.filter(nameFilter(globs));
  expect(kept()).toEqual(names);
  expect(kept("*.q_proj")).toEqual(["layers.0.q_proj", "layers.10.q_proj"]);
  expect(kept("layers.?.*")).toEqual(["layers.0.q_proj", "layers.0.experts.1.gate"]);
  expect(kept("-layers.*")).toEqual(["embed_tokens", "lm_head"]);
  expect(kept("layers.*", "-*.experts.*")).toEqual(["layers.0.q_proj", "layers.10.q_proj"]);
  expect(kept("lm_head", "embed*")).toEqual(["embed_tokens", "lm_head"]);
  expect(kept("q_proj")).toEqual([]);
});

test("a dot or a bracket in a glob is only itself", () => {
  const matches = nameFilter(["a.b[0]"]);
  expect(matches("a.b[0]")).toBe(true);
  expect(matches("axb[0]")).toBe(false);
  expect(matches("a.b0")).toBe(false);
});

test("globs mean what the regular expression with .* and . means", () => {
  const letters = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 9 });
  fc.assert(
    fc.property(letters("ab.*?"), letters("ab.\n"), (glob, name) => {
      const regular = glob.replaceAll(".", "\\.").replaceAll("*", "[^]*").replaceAll("?", "[^]");
      expect(nameFilter([glob])(name)).toBe(new RegExp(`^${regular}$`).test(name));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test("a glob of many stars on a long name takes no exponential time", () => {
  expect(nameFilter([`${"*a".repeat(50)}b`])("a".repeat(4000))).toBe(false);
});
