/**
 * Eigenvalues of a matrix in memory, the Marchenko–Pastur edge of noise, and a spike that stands out of it.
 *
 *   npm run build && node examples/eigenvalues-in-memory.ts      (Node 22.18 or newer runs TypeScript)
 */
import { eigenvalues } from "spectrap";

const rows = 400;
const cols = 300;

/** Noise of variance one (the sum of twelve uniform numbers less six) from a small generator with a fixed seed. */
let state = 1;
const uniform = () => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};
const noise = () => Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6);
const values = Float32Array.from({ length: rows * cols }, noise);

const edge = (Math.sqrt(rows) + Math.sqrt(cols)) ** 2;
report("noise", await eigenvalues({ values, rows, cols }));

// One entry above (NM)^¼ times the deviation detaches an eigenvalue, wherever in the matrix it is: a trap.
values[12345] = 2 * (rows * cols) ** 0.25;
report("noise and one large entry", await eigenvalues({ values, rows, cols }));

function report(what: string, spectrum: Float64Array): void {
  const above = spectrum.filter((eigenvalue) => eigenvalue > 1.05 * edge);
  console.log(
    `${what}: largest ${spectrum.at(-1)!.toFixed(1)}, edge ${edge.toFixed(1)}, clearly above: ${above.length}`,
  );
}
