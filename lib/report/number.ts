/** A number for people: four significant digits, exponents outside 0.001…99999; "–" for null. */
export function formatNumber(value: number | null): string {
  if (value === null) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) return value.toExponential(2);
  return value.toFixed(Math.max(0, 3 - Math.floor(Math.log10(size))));
}

/** 1.23e12 → "1.23 T": decimal prefixes for counts and rates. */
export function formatCount(value: number): string {
  const prefixes = ["", " k", " M", " G", " T", " P", " E"];
  const step = Math.min(prefixes.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(value, 1)) / 3)));
  const scaled = value / 1000 ** step;
  return `${step === 0 ? Math.round(scaled) : scaled.toPrecision(3)}${prefixes[step]}`;
}

/** Seconds as "42 s", "3 min 20 s" or "2 h 5 min". */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Memory in the unit of --memory: "3.7 GiB". */
export function formatGibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
