/**
 * The rules of the safetensors format once more, by other means than the reader's: JSON.parse, a token scan for what
 * JSON.parse hides, and arithmetic. Slow and without a word on what is wrong.
 */
import { BITS } from "./header-model.mjs";

/** Tensors by name of a whole file, or null if the format refuses it. */
export function soundTensors(bytes) {
  if (bytes.length < 8) return null;
  const length = bytes.readBigUInt64LE(0);
  if (length < 2n || length > 100_000_000n || length > BigInt(bytes.length - 8)) return null;
  const start = 8 + Number(length);
  const root = strictJson(bytes.subarray(8, start), 4);
  if (!isObject(root)) return null;
  const { __metadata__: metadata, ...entries } = root;
  if (metadata !== undefined && !(isObject(metadata) && Object.values(metadata).every(isString))) return null;
  const tensors = new Map();
  for (const [name, entry] of Object.entries(entries)) {
    const tensor = soundEntry(name, entry);
    if (tensor === null) return null;
    tensors.set(name, { ...tensor, begin: start + tensor.begin, end: start + tensor.end });
  }
  return coversOnce([...tensors.values()], start, bytes.length) ? tensors : null;
}

function soundEntry(name, entry) {
  const nameBytes = Buffer.byteLength(name);
  if (nameBytes < 1 || nameBytes > 4096 || name.includes("\0") || !name.isWellFormed()) return null;
  if (!isObject(entry) || Object.keys(entry).sort().join() !== "data_offsets,dtype,shape") return null;
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isString(dtype) || !Object.hasOwn(BITS, dtype)) return null;
  if (![shape, offsets].every((list) => Array.isArray(list) && list.every((n) => typeof n === "number")))
    return null;
  if (shape.length > 16 || offsets.length !== 2) return null;
  const bits = shape.reduce((product, dim) => product * BigInt(dim), BigInt(BITS[dtype]));
  const [begin, end] = offsets;
  return BigInt(end - begin) * 8n === bits ? { dtype, shape, begin, end } : null;
}

/**
 * Every data byte belongs to exactly one tensor: each begins where the data or another one ends, no two at the same
 * byte, and together they are as long as the data. Empty ones stand between others, not inside them.
 */
function coversOnce(tensors, start, size) {
  const total = tensors.reduce((sum, { begin, end }) => sum + BigInt(end) - BigInt(begin), 0n);
  const filled = tensors.filter(({ begin, end }) => end > begin);
  const seams = new Set([start, ...filled.map(({ end }) => end)]);
  return (
    total === BigInt(size - start) &&
    new Set(filled.map(({ begin }) => begin)).size === filled.length &&
    tensors.every(({ begin }) => seams.has(begin))
  );
}

/**
 * The value of JSON text in which no object has a name twice, every number is a plain index and nothing is nested
 * deeper than `nesting`; undefined for any other bytes.
 */
export function strictJson(bytes, nesting) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = JSON.parse(text);
    return isStrict(text, nesting) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Of text that is JSON. */
function isStrict(text, nesting) {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  const open = [];
  for (const [i, token] of tokens.entries()) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (/^[-\d]/.test(token) && !isIndex(token)) return false;
    else if (tokens[i + 1] === ":") {
      const key = JSON.parse(token);
      if (open.at(-1).has(key)) return false;
      open.at(-1).add(key);
    }
    if (open.length > nesting) return false;
  }
  return true;
}

function isIndex(token) {
  return /^(0|[1-9]\d*)$/.test(token) && BigInt(token) < 2n ** 53n;
}

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isString(value) {
  return typeof value === "string";
}
