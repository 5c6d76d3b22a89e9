import { expect, test } from "vitest";
import type { Progress } from "../../lib/analysis/progress.ts";
import { progressLine, progressSink } from "../../lib/cli/progress.ts";

const progress: Progress = {
  done: 12,
  total: 36,
  failed: 1,
  flopsDone: 3e12,
  flopsTotal: 9e12,
  flopsPerSecond: 41.2e9,
  secondsElapsed: 73,
  secondsRemaining: 145.6,
  name: "layers.0.q_proj\u001b[2J",
};

function stream(isTTY: boolean) {
  let text = "";
  const write = (part: string) => {
    text += part;
    return true;
  };
  return { stream: { isTTY, columns: 80, write } as unknown as NodeJS.WriteStream, text: () => text };
}

test("the line says how much is done, how fast, how long, and what came last", () => {
  expect(progressLine(progress, 120)).toBe(
    "12/36  33 %  41.2 GFLOP/s  1 min 13 s, 2 min 26 s to go  1 failed  layers.0.q_proj\\u001b[2J",
  );
  expect(progressLine(progress, 20)).toHaveLength(19);
});

test("auto is silent where there is no terminal, none everywhere", () => {
  for (const [mode, isTTY] of [
    ["auto", false],
    ["none", true],
    ["none", false],
  ] as const) {
    const { stream: to, text } = stream(isTTY);
    const sink = progressSink(mode, to);
    sink.show(progress);
    sink.clear();
    expect(text()).toBe("");
  }
});

test("on a terminal one line is redrawn, and the last event always shown", () => {
  const { stream: to, text } = stream(true);
  const sink = progressSink("auto", to);
  sink.show(progress);
  sink.show({ ...progress, done: 13 });
  sink.show({ ...progress, done: 36, secondsRemaining: 0 });
  expect(text()).not.toContain("\n");
  expect(text().match(/\d+\/36/g)).toEqual(["12/36", "36/36"]);
});

test("json is one object a line, escaped", () => {
  const { stream: to, text } = stream(false);
  progressSink("json", to).show(progress);
  expect(text()).not.toContain("\u001b");
  expect(JSON.parse(text())).toEqual({ event: "progress", ...progress });
});
