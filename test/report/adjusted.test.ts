import { expect, test } from "vitest";
import { adjustedPValues } from "../../lib/report/adjusted.ts";

test("matrices without a trap by prediction count among the tested ones", () => {
  const decomposed = (trapP: number) => ({ trapP, trapEvidence: "confirmed" as const });
  const predicted = { trapP: null, trapEvidence: "predicted" as const };
  const untested = { trapP: null, trapEvidence: null };
  const rows = [predicted, decomposed(0.01), untested, predicted, decomposed(0.02)];
  const nothing = { trapPHolm: null, trapQ: null };
  // Holm: 4·0.01 and 3·0.02; Benjamini and Hochberg: 4/1·0.01 and 4/2·0.02.
  expect(adjustedPValues(rows)).toEqual([
    nothing,
    { trapPHolm: expect.closeTo(0.04, 12), trapQ: expect.closeTo(0.04, 12) },
    nothing,
    nothing,
    { trapPHolm: expect.closeTo(0.06, 12), trapQ: expect.closeTo(0.04, 12) },
  ]);
});
