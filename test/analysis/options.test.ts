import { expect, test } from "vitest";
import { type AnalyzeOptions, resolveOptions } from "../../lib/analysis/options.ts";

test("defaults are those of the documentation", () => {
  expect(resolveOptions({})).toEqual({
    layers: [],
    fused: false,
    base: null,
    allowMissingShards: false,
    shuffle: "always",
    shuffleReplicas: 1,
    seed: 0,
    minEvals: 10,
    precision: "double",
    solver: "native",
    wwCompat: false,
    perTap: false,
    inverse: false,
    xminPeak: false,
    dropTop: 0,
    farms: false,
    vectors: false,
    bootstrap: 0,
    threads: undefined,
    memoryBytes: undefined,
  });
});

test("values that make sense are kept", () => {
  const options: AnalyzeOptions = {
    layers: ["*.q_proj", "-lm_head"],
    shuffle: "auto",
    shuffleReplicas: 1000,
    seed: Number.MAX_SAFE_INTEGER,
    minEvals: 0,
    precision: "single",
    solver: "lapack",
    threads: 2,
    memoryBytes: 2 ** 33,
  };
  expect(resolveOptions(options)).toMatchObject(options);
});

const wrong: [unknown, string][] = [
  [{ layers: "*.q_proj" }, 'option layers is "*.q_proj", expected a list of globs'],
  [{ layers: [""] }, "none of them empty"],
  [{ layers: ["-"] }, "none of them empty"],
  [{ shuffle: "sometimes" }, 'option shuffle is "sometimes", expected one of always, auto, never'],
  [{ shuffleReplicas: 0 }, "option shuffleReplicas is 0, expected an integer from 1 to 1000"],
  [{ seed: -1 }, "option seed is -1, expected an integer of at least 0"],
  [{ seed: 2 ** 53 }, "option seed is 9007199254740992"],
  [{ seed: 1.5 }, "option seed is 1.5"],
  [{ minEvals: Number.NaN }, "option minEvals is NaN"],
  [{ precision: "half" }, "expected one of double, single, reference"],
  [{ solver: "abacus" }, 'option solver is "abacus", expected one of native, lapack'],
  [{ precision: "reference", solver: "native" }, 'option precision is "reference", which LAPACK computes'],
  [{ threads: 0 }, "expected an integer from 1 to 1024"],
  [{ memoryBytes: 0 }, "option memoryBytes is 0"],
  [{ dropTop: -2 }, "option dropTop is -2"],
  [{ bootstrap: 100_001 }, "option bootstrap is 100001, expected an integer from 0 to 100000"],
  [{ farms: 1 }, "option farms is 1, expected true or false"],
  [{ vectors: "all" }, 'option vectors is "all", expected true or false'],
  [{ fused: "yes" }, 'option fused is "yes", expected true or false'],
  [{ wwCompat: true, shuffle: "never" }, "option wwCompat is true"],
  [{ wwCompat: true, shuffle: "auto" }, 'option wwCompat is true, expected shuffle "always"'],
  [{ wwCompat: true, shuffleReplicas: 3 }, "option shuffleReplicas is 3, expected 1 with wwCompat"],
];

test.each(wrong)("%j is refused with the value received and what was expected", (options, message) => {
  const resolve = () => resolveOptions(options as AnalyzeOptions);
  expect(resolve).toThrow(message);
  expect(resolve).toThrow(expect.objectContaining({ code: "US_OPTION" }));
});
