import { page } from "./page.ts";
import { GREY, INK } from "./palette.ts";
import { loadPlotter } from "./plotter.ts";
import { greyPng } from "./png.ts";

export interface TrainingImage {
  /** Row-major, from 0 to 1. */
  readonly pixels: ArrayLike<number>;
  readonly label: number;
  /** With the prototype. */
  readonly cosine: number;
}

/** An image that the weights hold, and the training images that resemble it most. */
export interface Prototype {
  readonly label: string;
  /** Row-major, signed, of any scale. */
  readonly pixels: ArrayLike<number>;
  /** Nearest first. */
  readonly nearest: readonly TrainingImage[];
}

export interface PrototypeFigure {
  readonly title: string;
  /** Of every image, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly prototypes: readonly Prototype[];
}

const LEFT = 128;
const TILE = 76;
const GAP = 14;
const CAPTION = 20;
const TOP = 26;

/**
 * Prototype images, a row each, beside their nearest training images with class and cosine. A prototype is grey where
 * it is zero, black at the largest positive and white at the largest negative weight; training images are black on white.
 *
 * @returns a self-contained SVG file on a white ground; the same bytes for the same data.
 * @throws RangeError without a prototype, or if an image does not have width × height pixels.
 */
export async function prototypeFigure({
  title,
  width,
  height,
  prototypes,
}: PrototypeFigure): Promise<string> {
  if (prototypes.length === 0) throw new RangeError("the figure has no prototype to show");
  const { Plot, draw } = await loadPlotter();
  const tileHeight = Math.round((TILE * height) / width);
  const columns = 1 + Math.max(...prototypes.map(({ nearest }) => nearest.length));
  const xOf = (column: number): number => LEFT + column * (TILE + GAP) + (column > 0 ? GAP : 0);
  const yOf = (row: number): number => TOP + row * (tileHeight + CAPTION + GAP);
  const toUrl = (levels: Uint8Array): string =>
    `data:image/png;base64,${greyPng(levels, width, height).toString("base64")}`;
  const tiles: Tile[] = prototypes.flatMap(({ pixels, nearest }, row) => [
    { x: xOf(0), y: yOf(row), url: toUrl(signedLevels(checked(pixels, width, height))), caption: "" },
    ...nearest.map((image, index) => ({
      x: xOf(index + 1),
      y: yOf(row),
      url: toUrl(inkLevels(checked(image.pixels, width, height))),
      caption: `${image.label} · ${image.cosine.toFixed(2).replace("-", "−")}`,
    })),
  ]);
  const [fullWidth, fullHeight] = [xOf(columns), yOf(prototypes.length)];
  const names = prototypes.map(({ label }, row) => ({ label, y: yOf(row) + tileHeight / 2 }));
  const heads = [
    { text: "prototype", x: xOf(0) },
    ...(columns > 1 ? [{ text: "nearest training images: class · cosine", x: xOf(1) }] : []),
  ];
  const svg = draw({
    width: fullWidth,
    height: fullHeight,
    margin: 0,
    x: { type: "identity" },
    y: { type: "identity" },
    axis: null,
    marks: [
      Plot.text(heads, { x: "x", y: 12, text: "text", textAnchor: "start", fontWeight: 600 }),
      Plot.text(names, { x: 16, y: "y", text: "label", textAnchor: "start", fill: INK, lineWidth: 10 }),
      Plot.image(tiles, {
        x: ({ x }: Tile) => x + TILE / 2,
        y: ({ y }: Tile) => y + tileHeight / 2,
        width: TILE,
        height: tileHeight,
        src: "url",
        imageRendering: "pixelated",
        preserveAspectRatio: "none",
      }),
      Plot.rect(tiles, {
        x1: "x",
        x2: ({ x }: Tile) => x + TILE,
        y1: "y",
        y2: ({ y }: Tile) => y + tileHeight,
        fill: "none",
        stroke: GREY,
        strokeWidth: 0.5,
      }),
      Plot.text(tiles, {
        x: ({ x }: Tile) => x + TILE / 2,
        y: ({ y }: Tile) => y + tileHeight + 11,
        text: "caption",
      }),
    ],
  });
  return page({
    title,
    subtitle: "Prototypes: grey is zero, black the largest positive, white the largest negative weight.",
    width: Math.max(fullWidth, 480),
    height: fullHeight,
    panels: [{ svg, x: 0, y: 0 }],
  });
}

interface Tile {
  readonly x: number;
  readonly y: number;
  readonly url: string;
  readonly caption: string;
}

function checked(pixels: ArrayLike<number>, width: number, height: number): Float64Array {
  if (pixels.length !== width * height) {
    throw new RangeError(
      `an image of ${width} × ${height} has ${width * height} pixels, not ${pixels.length}`,
    );
  }
  return Float64Array.from(pixels);
}

function signedLevels(pixels: Float64Array): Uint8Array {
  const most = pixels.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  return Uint8Array.from(pixels, (value) => Math.round(127.5 * (1 - value / most)));
}

function inkLevels(pixels: Float64Array): Uint8Array {
  return Uint8Array.from(pixels, (value) => Math.round(255 * (1 - Math.min(1, Math.max(0, value)))));
}
