import { printable } from "../solver/error.ts";

/** How far the files of a new checkpoint have grown. */
interface WriteProgress {
  /** What is being written. */
  name: string;
  bytesWritten: number;
  bytesTotal: number;
}

const CLEAR_LINE = "\r\u001b[2K";
/** Redrawing more often costs time and cannot be read. */
const MILLISECONDS = 100;

/** One line that is redrawn while files are written, on a terminal; nothing elsewhere. */
export function writeMeter(stream: NodeJS.WriteStream | null): {
  show: (progress: WriteProgress) => void;
  /** Removes the line, before anything else is written to the terminal. */
  clear: () => void;
} {
  if (stream?.isTTY !== true) return { show: () => {}, clear: () => {} };
  let drawn = 0;
  return {
    show({ name, bytesWritten, bytesTotal }) {
      if (Date.now() - drawn < MILLISECONDS) return;
      drawn = Date.now();
      const percent = Math.floor((100 * bytesWritten) / bytesTotal);
      stream.write(`${CLEAR_LINE}${String(percent).padStart(3)} %  ${printable(name)}`);
    },
    clear: () => stream.write(CLEAR_LINE),
  };
}
