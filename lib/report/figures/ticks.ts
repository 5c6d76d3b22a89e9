const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 1000 → "10³": the label of a tick of a logarithmic axis. */
export function powerOfTen(value: number): string {
  const exponent = Math.round(Math.log10(value));
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]!).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** Powers of ten in [low, high], at most `most` of them, evenly spaced in the exponent. */
export function powersOfTen(low: number, high: number, most = 8): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const powers: number[] = [];
  for (let exponent = Math.ceil(first / step) * step; exponent <= last; exponent += step)
    powers.push(10 ** exponent);
  return powers;
}

/**
 * Ticks of a logarithmic axis and their labels: powers of ten; where the range holds fewer than two of them, also
 * 2 and 5 times these, in plain decimals.
 */
export function logTicks(
  low: number,
  high: number,
  most = 8,
): { ticks: number[]; label: (value: number) => string } {
  const ticks = powersOfTen(low, high, most);
  if (ticks.length >= 2) return { ticks, label: powerOfTen };
  const decade = 10 ** Math.floor(Math.log10(low));
  const fine = [1, 2, 5, 10, 20, 50].map((factor) => factor * decade);
  return { ticks: fine.filter((tick) => tick >= low && tick <= high), label: plain };
}

/** A decimal with a true minus sign and at most three significant digits. */
export function plain(value: number): string {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

/** A signed decimal of fixed digits: "+0.031", "−0.500", "0.000". */
export function signed(value: number, digits = 3): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value > 0 ? "+" : "−"}${text}`;
}
