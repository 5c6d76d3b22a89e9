import { expect, test } from "vitest";
import { formatCount, formatNumber, formatSeconds } from "../../lib/report/number.ts";

test.each([
  [null, "–"],
  [0, "0"],
  [-3, "-3"],
  [201088, "201088"],
  [1.23456, "1.235"],
  [12.3456, "12.35"],
  [-123.456, "-123.5"],
  [99999.9, "100000"],
  [123456.7, "1.23e+5"],
  [0.0123456, "0.01235"],
  [0.000123456, "1.23e-4"],
  [-4e-300, "-4.00e-300"],
  [1e21, "1.00e+21"],
])("%d is written %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test.each([
  [0, "0"],
  [999, "999"],
  [1234, "1.23 k"],
  [65.2e9, "65.2 G"],
  [7.789e14, "779 T"],
  [3e21, "3.00e+3 E"],
])("%d is counted as %s", (value, text) => {
  expect(formatCount(value)).toBe(text);
});

test.each([
  [0.4, "0 s"],
  [59.4, "59 s"],
  [200, "3 min 20 s"],
  [7500, "2 h 5 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
