import { GREY, INK, PAPER } from "./palette.ts";
import { escapeXml, hundredths } from "./svg.ts";

export interface Panel {
  /** An SVG element. */
  readonly svg: string;
  readonly x: number;
  readonly y: number;
}

export interface Page {
  readonly title: string;
  /** A sentence under the title, which says what is drawn how. */
  readonly subtitle: string;
  readonly width: number;
  /** Of the panels, below the heading. */
  readonly height: number;
  readonly panels: readonly Panel[];
}

const MARGIN = 16;
const LINE = 15;
const TITLE = 40;
/** Mean width of a letter of a sans-serif font of 12 pixels, on the wide side. */
const LETTER = 6.4;

/**
 * A self-contained SVG file: title and description for those who do not see it, a white ground so that it reads the
 * same on a light and on a dark page, a heading, and the panels below it.
 */
export function page({ title, subtitle, width, height, panels }: Page): string {
  const lines = wrap(subtitle, Math.floor((width - 2 * MARGIN) / LETTER));
  const top = TITLE + LINE * lines.length;
  const total = top + height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${total}" viewBox="0 0 ${width} ${total}" ` +
      `role="img" aria-label="${escapeXml(title)}" font-family="system-ui, sans-serif" fill="${INK}">`,
    `<title>${escapeXml(title)}</title>`,
    `<desc>${escapeXml(subtitle)}</desc>`,
    `<rect width="${width}" height="${total}" fill="${PAPER}"/>`,
    `<text x="${MARGIN}" y="27" font-size="16" font-weight="600">${escapeXml(title)}</text>`,
    ...lines.map(
      (line, index) =>
        `<text x="${MARGIN}" y="${46 + LINE * index}" font-size="12" fill="${GREY}">${escapeXml(line)}</text>`,
    ),
    ...panels.map(({ svg, x, y }) =>
      svg.replace("<svg", `<svg x="${hundredths(x)}" y="${hundredths(top + y)}"`),
    ),
    "</svg>\n",
  ].join("\n");
}

/** Greedy lines of at most so many letters; a longer word gets its own. */
function wrap(text: string, letters: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > letters) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
