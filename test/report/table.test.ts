import { expect, test } from "vitest";
import { formatTable } from "../../lib/report/table.ts";
import { fakeErrorRow, fakeRow } from "../analysis/fakes.ts";

const rows = [
  fakeRow("layers.0.q_proj", {
    trapMargin: 0.5,
    meanMargin: 0.01,
    randNumSpikes: 0,
    alpha: 3.25,
    warning: "",
  }),
  fakeRow("layers.0.experts.17.gate", { trapMargin: 0.5, alpha: 9.5, warning: "under-trained" }),
  fakeErrorRow("layers.1.q_proj", "NON_FINITE"),
  fakeRow("lm_head", {
    trapMargin: 3.5,
    trapThreshold: 1.2,
    traps: 2,
    randNumSpikes: 2,
    alpha: 1.9,
    warning: "over-trained",
  }),
];

test("margins stand before the count, and every line is aligned under the header", () => {
  const lines = formatTable(rows).split("\n");
  expect(lines).toHaveLength(rows.length + 2);
  expect(lines[0]).toMatch(
    /^name +N×M +trap_margin +mean_margin +trap_threshold +traps +rand_num_spikes +alpha /,
  );
  const end = lines[0]!.indexOf("trap_margin") + "trap_margin".length;
  expect(lines.slice(1, 5).map((line) => line.slice(end - 6, end).trim())).toEqual([
    "0.5000",
    "0.5000",
    "–",
    "3.500",
  ]);
});

test("the note is the error, or the verdict on alpha", () => {
  const lines = formatTable(rows).trimEnd().split("\n").slice(1);
  expect(lines.map((line) => /[a-z]-trained$|NON_FINITE$/.exec(line)?.[0] ?? "")).toEqual([
    "",
    "r-trained",
    "NON_FINITE",
    "r-trained",
  ]);
});

test("worst first: failures, then the largest margin, then alpha farthest outside 2…6", () => {
  const names = formatTable(rows, { sort: "worst" })
    .split("\n")
    .slice(1, 5)
    .map((line) => line.split(" ")[0]);
  expect(names).toEqual(["layers.1.q_proj", "lm_head", "layers.0.experts.17.gate", "layers.0.q_proj"]);
});

test.each([200, 100, 80, 60, 40])("no line is longer than a terminal of %i columns", (width) => {
  const lines = formatTable(rows, { width }).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  expect(lines[0]).toContain("trap_margin");
});

test("a hostile name cannot move the cursor or break the line", () => {
  const text = formatTable([fakeRow("evil\u001b[2Jname\nlayers.9", {})]);
  expect(text).toContain("evil\\u001b[2Jname\\nlayers.9");
  expect(text.split("\n")).toHaveLength(3);
});
