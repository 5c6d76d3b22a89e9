/** What the serialiser reads of a DOM node. */
export interface SvgNode {
  readonly nodeType: number;
  readonly localName: string | null;
  readonly data?: string;
  readonly attributes: ArrayLike<{ readonly name: string; readonly value: string }>;
  readonly childNodes: ArrayLike<SvgNode>;
}

const ELEMENT = 1;
const TEXT = 3;

/** Attributes that hold lengths; colours and texts hold digits too. */
const GEOMETRY = new Set(
  "d transform x y x1 y1 x2 y2 cx cy r dx dy width height viewBox points stroke-width".split(" "),
);

/**
 * An SVG element as XML. A DOM of HTML would leave `<` in attributes and write `&nbsp;`, neither of which XML knows.
 * Lengths are rounded to hundredths of a pixel, so that the last bit of a logarithm of some other machine does not show.
 * Style sheets and class names are dropped: what they would say is said by attributes.
 */
export function serializeSvg(node: SvgNode): string {
  if (node.nodeType === TEXT) return escapeXml(node.data ?? "");
  if (node.nodeType !== ELEMENT || node.localName === "style") return "";
  const attributes = Array.from(node.attributes)
    .filter(({ name }) => name !== "class" && !name.startsWith("xmlns"))
    .map(({ name, value }) => ` ${name}="${escapeXml(GEOMETRY.has(name) ? rounded(value) : value)}"`)
    .join("");
  const children = Array.from(node.childNodes, serializeSvg).join("");
  return children === ""
    ? `<${node.localName}${attributes}/>`
    : `<${node.localName}${attributes}>${children}</${node.localName}>`;
}

/** Text for an element or for an attribute in double quotes; characters that XML forbids become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(FORBIDDEN, "\ufffd");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones XML 1.0 forbids
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

function rounded(value: string): string {
  return value.replaceAll(/-?\d+\.\d+(e[-+]?\d+)?/g, (number) => String(hundredths(Number(number))));
}

/** A length in pixels to two decimals, without a negative zero. */
export function hundredths(length: number): number {
  return Math.round(100 * length) / 100 + 0;
}
