// Line charts as SVG, by hand: two logarithmic axes (or a linear upright one), a line for each series, names at the
// right end.

const WIDTH = 760;
const HEIGHT = 460;
const LEFT = 70;
const RIGHT = 210;
const TOP = 48;
const BOTTOM = 52;
/** Okabe and Ito's colours and some of Tol's, which the colour-blind can tell apart; the first is ours. */
const COLOURS = [
  "#d55e00",
  "#0072b2",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#e69f00",
  "#555555",
  "#882255",
  "#999933",
  "#332288",
  "#aa4499",
];

/**
 * @param chart `title`, `xLabel`, `yLabel`, `linear` (the upright axis, from 0), `series`: [{ name, dashed, points: [[x, y]] }]
 * @returns the text of an SVG file
 */
export function lineChart({ title, xLabel, yLabel, linear = false, series }) {
  const points = series.flatMap((line) => line.points);
  const x = logScale(
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  );
  const values = points.map(([, value]) => value);
  const y = linear
    ? linearScale(Math.max(...values), HEIGHT - BOTTOM, TOP)
    : logScale(values, HEIGHT - BOTTOM, TOP);
  const xTicks = [...new Set(points.map(([value]) => value))].sort((a, b) => a - b);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#333">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 26, title, 'font-size="15" font-weight="600"'),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, xLabel, 'text-anchor="middle"'),
    `<text transform="translate(18 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
    ...y.ticks.map((tick) => {
      const at = round(y.at(tick));
      const line = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#e3e3e3"/>`;
      return line + text(LEFT - 8, at + 4, y.label(tick), 'text-anchor="end"');
    }),
    ...spaced(xTicks, x.at).map((tick) => {
      const at = round(x.at(tick));
      const line = `<line x1="${at}" x2="${at}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM + 5}" stroke="#999"/>`;
      return line + text(at, HEIGHT - BOTTOM + 19, String(tick), 'text-anchor="middle"');
    }),
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none" stroke="#999"/>`,
  ];
  const names = [...new Set(series.map(({ colour, name }) => colour ?? name))];
  const labels = spread(series.map((line) => y.at(line.points.at(-1)[1])));
  for (const [i, { name, colour = name, dashed = false, points: line }] of series.entries()) {
    const stroke = COLOURS[names.indexOf(colour) % COLOURS.length];
    const path = line
      .map(([a, b], k) => `${k === 0 ? "M" : "L"}${round(x.at(a))} ${round(y.at(b))}`)
      .join("");
    const dash = dashed ? ' stroke-dasharray="6 4"' : "";
    parts.push(`<path d="${path}" fill="none" stroke="${stroke}" stroke-width="2"${dash}/>`);
    for (const [a, b] of line) {
      parts.push(`<circle cx="${round(x.at(a))}" cy="${round(y.at(b))}" r="3" fill="${stroke}"/>`);
    }
    const end = round(x.at(line.at(-1)[0]));
    const leader = `M${end + 5} ${round(y.at(line.at(-1)[1]))}L${WIDTH - RIGHT + 12} ${round(labels[i])}`;
    parts.push(`<path d="${leader}" stroke="${stroke}" stroke-width="0.7" fill="none" opacity="0.6"/>`);
    parts.push(text(WIDTH - RIGHT + 16, round(labels[i]) + 4, name, `fill="${stroke}"`));
  }
  return `${parts.join("\n")}\n</svg>\n`;
}

/** Decades as ticks, with what lies between them where there are few. */
function logScale(values, from, to) {
  const low = Math.min(...values) / 1.1;
  const high = Math.max(...values) * 1.1;
  const at = (value) => from + ((to - from) * Math.log(value / low)) / Math.log(high / low);
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, i) => Math.floor(Math.log10(low)) + i,
  );
  const factors = decades.length > 4 ? [1] : [1, 2, 5];
  const ticks = decades.flatMap((decade) => factors.map((factor) => factor * 10 ** decade));
  return { at, ticks: ticks.filter((tick) => tick >= low && tick <= high), label: logLabel };
}

function logLabel(tick) {
  return tick >= 0.01 && tick < 1e5 ? String(Number(tick.toPrecision(2))) : tick.toExponential(0);
}

function linearScale(most, from, to) {
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((size) => most / size <= 8) ?? most / 5;
  const top = Math.ceil(most / step) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) =>
    Number((i * step).toPrecision(6)),
  );
  return { at: (value) => from + ((to - from) * value) / top, ticks, label: String };
}

/** Ticks whose numbers do not run into each other. */
function spaced(ticks, at) {
  const kept = [];
  for (const tick of ticks) if (kept.length === 0 || at(tick) - at(kept.at(-1)) >= 34) kept.push(tick);
  return kept;
}

/** Positions moved apart so that names can be read, in the order they had. */
function spread(positions, gap = 15) {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a] - positions[b]);
  const moved = [...positions];
  for (const [k, i] of order.entries()) if (k > 0) moved[i] = Math.max(moved[i], moved[order[k - 1]] + gap);
  const over = Math.max(0, Math.max(...moved) - (HEIGHT - BOTTOM));
  return moved.map((position) => position - over);
}

function text(x, y, content, attributes) {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content) {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value) {
  return Number(value.toFixed(1));
}
