/**
 * Writes lib/spectrum/tracy-widom-table.ts: Chebyshev series of log F1 and log(1 − F1), F1 the Tracy–Widom law of real
 * symmetric matrices.
 *
 *   node scripts/tracy-widom.mjs           write the table
 *   node scripts/tracy-widom.mjs --check   fail if the table in the repository is another
 *
 * F1(s) = det(I − V) on (s, ∞), V(x, y) = Ai((x + y)/2)/2 (P. L. Ferrari, H. Spohn, J. Phys. A 38, 2005), by
 * Gauss–Legendre quadrature (F. Bornemann, Math. Comp. 79, 2010). Integers of BITS binary places stand for numbers: near s = −10 the
 * determinant is the rest of a cancellation of 22 digits, and integers give the same table on every machine.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

const BITS = 192n;
const ONE = 1n << BITS;
const PI = fixed("3141592653589793238462643383279502884197169399375105820974944592307816406286", 75n);

/** Quadrature nodes. */
const NODES = 90;
/** Chebyshev nodes of a piece; the last coefficients are below rounding and left out. */
const SAMPLES = 24;
const PIECES = {
  LOG_CDF_PIECES: [
    [-10, -6],
    [-6, -3],
    [-3, -1],
  ],
  LOG_SF_PIECES: [
    [-1, 2],
    [2, 6],
    [6, 12],
    [12, 20],
  ],
};

/** Where the downward integration of Ai starts, and the last node that the determinants need. */
const AIRY_START = 64;
const AIRY_END = -11;
/** Taylor terms for |h| ≤ 1/2. */
const TERMS = 60;

const airySeries = airyTable();
const rule = gaussLegendre(NODES);

checkAiry();
const table = render();
const path = join(root, "lib/spectrum/tracy-widom-table.ts");
if (process.argv.includes("--check")) {
  if (readFileSync(path, "utf8") !== table)
    throw new Error(`${path} is not what scripts/tracy-widom.mjs makes`);
} else {
  writeFileSync(path, table);
}

function times(a, b) {
  return (a * b) >> BITS;
}

function over(a, b) {
  return (a << BITS) / b;
}

function fixed(digits, places) {
  return (BigInt(digits) << BITS) / 10n ** places;
}

/** A double, exactly unless it is below 2^-40. */
function fromNumber(x) {
  return BigInt(Math.round(x * 2 ** 92)) << (BITS - 92n);
}

function toNumber(a) {
  return Number(a) * 2 ** -Number(BITS);
}

/** √a by Newton's iteration from above. */
function squareRoot(a) {
  const square = a << BITS;
  let root = a > ONE ? a : ONE;
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/**
 * Taylor coefficients of Ai at −11, −10½, … 64, by node 2x. y″ = xy is integrated downwards, where Ai outgrows every other
 * solution, so that any start gives Ai up to a factor; Ai(0)·Ai′(0) = −1/(2π√3) gives the factor.
 */
function airyTable() {
  const series = new Map();
  let value = ONE;
  let slope = -8n * ONE;
  for (let node = 2 * AIRY_START; node >= 2 * AIRY_END; node--) {
    const coefficients = airyCoefficients(node, value, slope);
    series.set(node, coefficients);
    value = horner(coefficients, -ONE / 2n);
    slope = horner(
      coefficients.slice(1).map((c, i) => c * BigInt(i + 1)),
      -ONE / 2n,
    );
  }
  const [value0, slope0] = series.get(0);
  const airyAtZero = squareRoot(over(over(value0, -slope0), times(2n * PI, squareRoot(3n * ONE))));
  for (const coefficients of series.values()) {
    for (let n = 0; n < TERMS; n++) coefficients[n] = (coefficients[n] * airyAtZero) / value0;
  }
  return series;
}

/** (n+2)(n+1) a(n+2) = x a(n) + a(n−1), at x = node/2. */
function airyCoefficients(node, value, slope) {
  const a = [value, slope];
  for (let n = 0; n + 2 < TERMS; n++) {
    const x = BigInt(node) * a[n];
    a.push((x + 2n * (a[n - 1] ?? 0n)) / BigInt(2 * (n + 2) * (n + 1)));
  }
  return a;
}

function horner(coefficients, h) {
  let total = 0n;
  for (let n = coefficients.length - 1; n >= 0; n--) total = times(total, h) + coefficients[n];
  return total;
}

function airy(x) {
  const node = Math.round(2 * toNumber(x));
  return horner(airySeries.get(node), x - (BigInt(node) * ONE) / 2n);
}

/** Ai(0) = 3^(−2/3)/Γ(2/3), the first zero, and Ai(1) (NIST Handbook of Mathematical Functions, chapter 9). */
function checkAiry() {
  const known = [
    [0, 0.3550280538878172],
    [-2.338107410459767, 0],
    [1, 0.1352924163128814],
  ];
  for (const [x, value] of known) {
    if (!(Math.abs(toNumber(airy(fromNumber(x))) - value) < 1e-15)) throw new Error(`Ai(${x}) is wrong`);
  }
}

/** Nodes and weights on [−1, 1], by Newton's iteration on the Legendre polynomial. */
function gaussLegendre(n) {
  return Array.from({ length: n }, (_, i) => {
    let x = fromNumber(Math.cos((Math.PI * (i + 0.75)) / (n + 0.5)));
    for (let round = 0; ; round++) {
      const [p, before] = legendre(n, x);
      const slope = over(BigInt(n) * (before - times(x, p)), ONE - times(x, x));
      if (round === 6) return { x, weight: over(2n * ONE, times(ONE - times(x, x), times(slope, slope))) };
      x -= over(p, slope);
    }
  });
}

/** P_n(x) and P_(n−1)(x). */
function legendre(n, x) {
  let [p, before] = [x, ONE];
  for (let k = 1; k < n; k++) {
    [p, before] = [(BigInt(2 * k + 1) * times(x, p) - BigInt(k) * before) / BigInt(k + 1), p];
  }
  return [p, before];
}

/** det(I − VD), D the weights, as ∏ weight · det(D⁻¹ − V), by symmetric elimination. */
function determinant(s) {
  const start = fromNumber(s);
  const half = fromNumber(s < 0 ? 16 - s : 8);
  const x = rule.map((node) => start + times(half, ONE + node.x));
  const weights = rule.map((node) => times(half, node.weight));
  const a = x.map((xi, i) =>
    x.slice(0, i + 1).map((xj, j) => (i === j ? over(ONE, weights[i]) : 0n) - airy((xi + xj) / 2n) / 2n),
  );
  let product = ONE;
  for (let k = 0; k < NODES; k++) {
    product = times(product, times(a[k][k], weights[k]));
    for (let i = k + 1; i < NODES; i++) {
      const factor = over(a[i][k], a[k][k]);
      for (let j = k + 1; j <= i; j++) a[i][j] -= times(factor, a[j][k]);
    }
  }
  return product;
}

function logCdf(s) {
  return Math.log(toNumber(determinant(s)));
}

function logSf(s) {
  return Math.log(toNumber(ONE - determinant(s)));
}

/** Chebyshev coefficients on [from, to], from SAMPLES values at the zeros of the next polynomial. */
function chebyshev(value, from, to) {
  const orders = Array.from({ length: SAMPLES }, (_, k) => k);
  // cos(kπ(j + ½)/SAMPLES), the angle reduced while it is an integer.
  const cosine = (k, j) => Math.cos((Math.PI * ((k * (2 * j + 1)) % (4 * SAMPLES))) / (2 * SAMPLES));
  const values = orders.map((j) => value((from + to) / 2 + ((to - from) / 2) * cosine(1, j)));
  const coefficients = orders.map(
    (k) => ((k === 0 ? 1 : 2) / SAMPLES) * values.reduce((sum, v, j) => sum + v * cosine(k, j), 0),
  );
  const rounding = 2 ** -51 * Math.max(...values.map(Math.abs));
  while (Math.abs(coefficients.at(-1)) < rounding) coefficients.pop();
  if (coefficients.length > SAMPLES - 4) throw new Error(`too few samples on [${from}, ${to}]`);
  return coefficients;
}

function render() {
  const pieces = Object.entries(PIECES).map(([name, ends]) => {
    const value = name === "LOG_CDF_PIECES" ? logCdf : logSf;
    const bodies = ends.map(([from, to]) => {
      const lines = filled(chebyshev(value, from, to), 110 - 6);
      return `  {\n    from: ${from},\n    to: ${to},\n    coefficients: [\n${lines}\n    ],\n  },\n`;
    });
    return `export const ${name}: readonly ChebyshevPiece[] = [\n${bodies.join("")}];\n`;
  });
  return `/** Written by scripts/tracy-widom.mjs; not to be edited. */
import type { ChebyshevPiece } from "./chebyshev.ts";

/** log F1, accurate to a few units of the last place of a double. */
${pieces[0]}
/** log(1 − F1). */
${pieces[1]}`;
}

/** As many numbers on a line as fit, the way the formatter breaks lines. */
function filled(numbers, width) {
  const lines = [""];
  for (const number of numbers) {
    const line = lines.at(-1);
    if (line === "") lines[lines.length - 1] = `${number},`;
    else if (line.length + 2 + String(number).length <= width) lines[lines.length - 1] = `${line} ${number},`;
    else lines.push(`${number},`);
  }
  return lines.map((line) => `      ${line}`).join("\n");
}
