/**
 * Cases for the fuzzer of native code to begin with: sound matrices of each encoding and layout, and a few hostile
 * ones. The bytes are drawn in the order of draw_case() in fuzz_case.cpp, and of draw_computed() in computed_case.cpp.
 */
const F64 = 0;
const F32 = 1;
const F16 = 2;
const BF16 = 3;
const F8_E4M3 = 4;
const MXFP4 = 6;

const DENSE = 0;
const STRIDED = 1;
const TWO_FILES = 2;
const MEMORY = 3;

/** First byte of a case: a stored matrix, or one that is computed from others. */
const STORED = 0;
const COMPUTED = 2;
/** Kinds of these. */
const DIFFERENCE = 0;
const PRODUCT = 2;
const MERGED = 3;

const WIDTHS = [8, 4, 2, 2, 1, 1];
/** 2^64 − 1, in two bytes. */
const LARGEST = [255, 11];
/** Three rectangles; their sizes are taken modulo those of the matrix. */
const BLOCKS = [0, 1, 2, 3, 4, 1, 2, 5, 1, 1, 0, 0, LARGEST, 0, LARGEST];

/** Blocks, key, buckets and pieces of a shuffle, and the cut. */
const WORK = (cut) => [...BLOCKS, ...[1, 2, 3, 4], ...[16, 7, cut]].flat();

/** Name and bytes of every seed. */
export function seeds() {
  const out = [];
  for (let encoding = 0; encoding < MXFP4; encoding++) {
    const width = WIDTHS[encoding];
    out.push(dense(encoding, 9, 13, 1, width), dense(encoding, 3, 2, 4, width));
    out.push(convolution(encoding, width), interleaved(encoding, width));
  }
  out.push(dense(F8_E4M3, 63, 70, 1, 1)); // more than the moments sum at a time
  out.push(mxfp4(DENSE, 4, 2, 0, 1, 8), mxfp4(DENSE, 3, 2, 0, 2, 8), mxfp4(DENSE, 3, 2, 1, 2, 8));
  out.push(mxfp4(TWO_FILES, 4, 3, 0, 1, 4), mxfp4(DENSE, 10, 4, 0, 1, 10));
  out.push(farApart());
  out.push(draw({ encoding: F32, place: MEMORY, rows: 7, cols: 5, taps: 2, content: noise(280) }));
  out.push(draw({ encoding: F64, place: MEMORY, rows: 7, cols: 5, taps: 1, content: noise(280) }));
  for (const fault of [1, 2, 4, 8]) {
    out.push(draw({ encoding: BF16, faults: fault, rows: 4, cols: 4, content: noise(32) }));
  }
  out.push(draw({ encoding: F16, rows: 0, cols: 4, content: [] }));
  const stored = out.map((bytes) => [STORED, ...bytes]);
  return [...stored, ...computed()].map((bytes, i) => [
    `seed-${String(i).padStart(2, "0")}`,
    Uint8Array.from(bytes),
  ]);
}

function dense(encoding, rows, cols, taps, width) {
  return draw({ encoding, rows, cols, taps, cut: 1, content: noise(rows * cols * taps * width) });
}

/** [out 6][in 5][kernel 4]: a tap is every fourth element. */
function convolution(encoding, width) {
  const more = { place: STRIDED, step: 20, stride: 4, tapStride: 1 };
  return draw({ encoding, rows: 6, cols: 5, taps: 4, ...more, content: noise(120 * width) });
}

/** Every second column of [in 7][2·out 10], turned. */
function interleaved(encoding, width) {
  const more = { place: STRIDED, first: 1, step: 2, stride: 10, tapStride: 0 };
  return draw({ encoding, rows: 5, cols: 7, ...more, content: noise(70 * width) });
}

/** Blocks and behind them, or in a file of their own that is written backwards, their exponents. */
function mxfp4(place, rows, blocks, first, step, storedRows) {
  const count = storedRows * blocks;
  const packed = noise(count * 16);
  const scales = Array.from({ length: count }, (_, i) => 110 + ((i * 7) % 30));
  const apart = place === TWO_FILES;
  const content = apart ? [...packed, ...scales.toReversed()] : [...packed, ...scales];
  const ranges = { end: count, scalesBegin: apart ? 0 : count * 16 };
  return draw({ encoding: MXFP4, place, rows, cols: blocks, first, step, ...ranges, content });
}

/** Rows so far apart in a large file that they are read in pieces. */
function farApart() {
  const numbers = { rows: 3, cols: 1, step: [252, 0, 32], wish: [253, 0, 0, 8, 0] };
  const ranges = { end: 0, scalesBegin: [253, 1, 0, 6, 0] };
  return draw({ encoding: MXFP4, ...numbers, ...ranges, content: [...noise(16), 120] });
}

/** Differences and low-rank products of sound matrices of several encodings, and of a few that are not. */
function computed() {
  const small = (encoding, rows, cols, taps = 1) =>
    draw({ encoding, rows, cols, taps, content: noise(rows * cols * taps * WIDTHS[encoding]) });
  const packed = mxfp4(DENSE, 4, 2, 0, 1, 4);
  const memory = draw({ encoding: F32, place: MEMORY, rows: 9, cols: 13, content: noise(468) });
  const wrong = draw({ encoding: BF16, faults: 1, rows: 9, cols: 13, content: noise(234) });
  return [
    compute(DIFFERENCE, [9, 13, 1], [small(BF16, 9, 13), small(BF16, 9, 13)]),
    compute(DIFFERENCE, [9, 13, 1], [small(F64, 9, 13), small(F16, 9, 13)]),
    compute(DIFFERENCE, [9, 13, 1], [memory, small(F32, 9, 13)]),
    compute(DIFFERENCE, [9, 13, 1], [small(F32, 9, 13), wrong]),
    compute(DIFFERENCE, [3, 2, 4], [small(F16, 3, 2, 4), small(F32, 3, 2, 4)]),
    compute(DIFFERENCE, [4, 64, 1], [packed, packed]),
    compute(DIFFERENCE, [4, 64, 1], [packed, small(BF16, 4, 64)]),
    compute(PRODUCT, [9, 13, 3], [small(F32, 9, 3), small(F32, 3, 13)]),
    compute(PRODUCT, [9, 13, 3], [small(BF16, 9, 3), small(F16, 3, 13)]),
    compute(PRODUCT, [9, 64, 4], [small(F8_E4M3, 9, 4), packed]),
    compute(MERGED, [9, 13, 3], [small(BF16, 9, 3), small(BF16, 3, 13), small(BF16, 9, 13)]),
    compute(MERGED, [4, 64, 3], [small(F32, 4, 3), small(F32, 3, 64), packed]),
    compute(MERGED, [9, 13, 3], [small(BF16, 9, 3), small(BF16, 3, 13), wrong]),
  ];
}

/** `last`: taps of a difference, the rank of a product. Parts get one length: their files grow by zeros. */
function compute(kind, [rows, cols, last], parts) {
  const length = Math.max(...parts.map((part) => part.length));
  return [
    ...[COMPUTED, kind, rows, cols],
    ...(kind === DIFFERENCE ? [last, 0] : [last - 1]),
    ...[129, 64], // scale
    ...WORK(0),
    ...parts.map((part) => [...part, ...new Array(length - part.length).fill(0)]),
  ].flat();
}

function draw(c) {
  const place = c.place ?? DENSE;
  return [
    ...[c.encoding, place, c.faults ?? 0, c.rows, c.cols, c.taps ?? 1, c.first ?? 0, c.step ?? 1],
    ...(place === STRIDED ? [c.stride, c.tapStride] : []),
    ...WORK(c.cut ?? 0),
    ...[0, c.end ?? 0, 0],
    ...[c.scalesBegin ?? 0, 0, 0],
    c.wish ?? 0,
    c.content,
  ].flat();
}

/** Bytes of which few make an infinity or a NaN. */
function noise(count) {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 24) % 250;
  });
}
