import type { Progress } from "../analysis/progress.ts";
import { jsonLine } from "../report/json-lines.ts";
import { formatCount, formatSeconds } from "../report/number.ts";
import { printable } from "../solver/error.ts";

export type ProgressMode = "auto" | "json" | "none";

/** Where progress is shown. */
export interface ProgressSink<Shown = Progress> {
  show(progress: Shown): void;
  /** Removes the line, before anything else is written to the terminal. */
  clear(): void;
}

const CLEAR_LINE = "\r\u001b[2K";
/** Redrawing more often costs time and cannot be read. */
const MILLISECONDS = 100;

/** One line that is redrawn (`auto` on a terminal), a JSON object for each matrix (`json`), or nothing. */
export function progressSink(mode: ProgressMode, stream: NodeJS.WriteStream = process.stderr): ProgressSink {
  return lineSink(mode, stream, progressLine, ({ done, total }) => done >= total);
}

/** The same of any progress. The last of it is always drawn. */
export function lineSink<Shown extends object>(
  mode: ProgressMode,
  stream: NodeJS.WriteStream,
  line: (progress: Shown, width: number) => string,
  isLast: (progress: Shown) => boolean,
): ProgressSink<Shown> {
  if (mode === "json") {
    return {
      show: (progress) => stream.write(jsonLine({ event: "progress", ...progress })),
      clear: () => {},
    };
  }
  if (mode === "none" || !stream.isTTY) return { show: () => {}, clear: () => {} };
  let drawn = 0;
  return {
    show(progress) {
      const now = performance.now();
      if (now - drawn < MILLISECONDS && !isLast(progress)) return;
      drawn = now;
      stream.write(CLEAR_LINE + line(progress, stream.columns));
    },
    clear: () => stream.write(CLEAR_LINE),
  };
}

/** "12/36  33 %  41.2 GFLOP/s  8 s, 16 s to go  layers.0.q_proj" */
export function progressLine(progress: Progress, width: number): string {
  const { done, total, failed, flopsDone, flopsTotal, flopsPerSecond, secondsElapsed, secondsRemaining } =
    progress;
  const parts = [
    `${done}/${total}`,
    `${Math.floor(flopsTotal > 0 ? (100 * flopsDone) / flopsTotal : (100 * done) / total)} %`,
    flopsPerSecond === null ? "" : `${formatCount(flopsPerSecond)}FLOP/s`,
    `${formatSeconds(secondsElapsed)}${secondsRemaining === null ? "" : `, ${formatSeconds(secondsRemaining)} to go`}`,
    failed > 0 ? `${failed} failed` : "",
    printable(progress.name),
  ];
  return parts
    .filter((part) => part !== "")
    .join("  ")
    .slice(0, Math.max(0, width - 1));
}
