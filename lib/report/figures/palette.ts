/** Colours that people with any colour vision tell apart (M. Okabe, K. Ito 2008), darkest first. */
export const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"] as const;

/** Dashes go with the colours, so that lines are told apart in print without colour. */
export const DASHES = ["none", "5,2.5", "1.5,2", "8,2,1.5,2", "10,3", "3,3"] as const;

export const INK = "#222222";
/** For what stands back: axes, captions, controls. 4.5:1 on white. */
export const GREY = "#6b6b6b";
export const FAINT = "#d9d9d9";
export const PAPER = "#ffffff";

/** The same hues, dark enough for text: at least 4.5:1 on white. */
const TEXT_COLOURS = ["#0072b2", "#b34700", "#00734f", "#9c4f7c", "#1f74a3", "#8a5f00"] as const;

/** Colour of the n-th curve of a panel. */
export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}

/** Colour of the label of the n-th curve. */
export function textColourOf(index: number): string {
  return TEXT_COLOURS[index % TEXT_COLOURS.length]!;
}

/** Where colours come round again, they meet other dashes. */
export function dashOf(index: number): string {
  return DASHES[(index + Math.floor(index / COLOURS.length)) % DASHES.length]!;
}
