import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { type SvgNode, serializeSvg } from "../../../lib/report/figures/svg.ts";

const domino = createRequire(import.meta.url)("domino");
const SVG = "http://www.w3.org/2000/svg";

/** An SVG element of a document of HTML, as Plot makes them. */
function element(name: string, attributes: Record<string, string>, text = ""): SvgNode {
  const node = domino.createDocument().createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
}

describe("serializeSvg", () => {
  test("writes XML where a document of HTML would not", () => {
    const node = element("text", { "aria-label": 'a < b & "c"' }, "1 < 2 & no\u00a0break\u0001");
    expect(serializeSvg(node)).toBe(
      '<text aria-label="a &lt; b &amp; &quot;c&quot;">1 &lt; 2 &amp; no\u00a0break\ufffd</text>',
    );
  });

  test("rounds lengths to hundredths and leaves colours and texts alone", () => {
    const node = element("path", {
      d: "M1.23456,-0.001L1e2,3.999e-1",
      fill: "#d55e00",
      "aria-label": "1.23456",
    });
    expect(serializeSvg(node)).toBe('<path d="M1.23,0L1e2,0.4" fill="#d55e00" aria-label="1.23456"/>');
  });

  test("drops style sheets and class names", () => {
    const node = element("g", { class: "plot-1" }) as SvgNode & { appendChild(child: unknown): void };
    node.appendChild(element("style", {}, "g { fill: red }"));
    expect(serializeSvg(node)).toBe("<g/>");
  });
});
