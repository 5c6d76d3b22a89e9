export { median } from "../spectrum/median.ts";

/**
 * The exponent p of y = c·x^p by least squares on logarithms, with the largest factor by which a point lies off the
 * line. Null with fewer than two different x.
 */
export function fitPower(
  points: readonly { x: number; y: number }[],
): { exponent: number; factor: number; worst: number } | null {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const spread = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) return null;
  const exponent = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const offset = meanY - exponent * meanX;
  const off = logs.map(([x, y]) => Math.abs(y - offset - exponent * x));
  return { exponent, factor: Math.exp(offset), worst: Math.exp(Math.max(...off)) };
}
