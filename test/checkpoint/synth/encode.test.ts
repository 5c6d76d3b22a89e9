import { describe, expect, test } from "vitest";
import { encodeBf16, encodeMxfp4 } from "../../../lib/checkpoint/synth/encode.ts";
import { bf16, e2m1 } from "../../helpers/synth-decode.ts";

/** The nearest E2M1 value by trying all; of two equally near ones that of the even code. */
function nearestCode(value: number): number {
  const codes = Array.from({ length: 16 }, (_, code) => code).filter(
    (code) => Math.sign(1 / e2m1(code)) === Math.sign(1 / value),
  );
  const distance = (code: number) => Math.abs(e2m1(code) - value);
  return codes.reduce((best, code) => {
    if (distance(code) !== distance(best)) return distance(code) < distance(best) ? code : best;
    return code % 2 === 0 ? code : best;
  });
}

function encodeBlock(values: number[]) {
  const line = Float32Array.from(values);
  const blocks = new Uint8Array(16);
  const scales = new Uint8Array(1);
  encodeMxfp4(line, blocks, scales);
  const codes = [...blocks].flatMap((byte) => [byte & 15, byte >> 4]);
  return { codes, scale: scales[0]!, decoded: line };
}

const padded = (values: number[]) => [...values, ...Array<number>(32 - values.length).fill(0)];

describe("MXFP4", () => {
  test("every code comes back under every scale", () => {
    const codes = Array.from({ length: 32 }, (_, i) => i % 16);
    for (let scale = 0; scale <= 252; scale++) {
      const block = encodeBlock(codes.map((code) => e2m1(code) * 2 ** (scale - 127)));
      expect(block.scale).toBe(scale);
      expect(block.codes).toEqual(codes);
      expect([...block.decoded]).toEqual(codes.map((code) => e2m1(code) * 2 ** (scale - 127)));
    }
  });

  test("takes the nearest value, ties to the even code", () => {
    const grid = Array.from({ length: 16 * 31 }, (_, i) => i / 64).flatMap((x) => [
      x,
      x + 1 / 1024,
      -x,
      -x - 1 / 1024,
    ]);
    for (let i = 0; i < grid.length; i += 31) {
      // 7.5 fixes the shared exponent at zero.
      const values = padded([7.5, ...grid.slice(i, i + 31)]);
      const block = encodeBlock(values);
      expect(block.scale).toBe(127);
      expect(block.codes).toEqual(values.map(nearestCode));
      expect([...block.decoded]).toEqual(values.map((value) => e2m1(nearestCode(value))));
    }
  });

  test("the largest magnitude sets the exponent and saturates at 6", () => {
    expect(encodeBlock(padded([-7.99, 1])).decoded.slice(0, 2)).toEqual(Float32Array.of(-6, 1));
    expect(encodeBlock(padded([-8, 1])).decoded.slice(0, 2)).toEqual(Float32Array.of(-8, 1));
    expect(encodeBlock(padded([2 ** -130])).scale).toBe(0);
    expect(encodeBlock(padded([3.4e38])).scale).toBe(252);
    expect(encodeBlock(padded([]))).toMatchObject({ scale: 0, codes: padded([]) });
  });

  test("keeps the sign of zeros", () => {
    const { codes, decoded } = encodeBlock(padded([6, -0.1, -0, 0.1]));
    expect(codes.slice(0, 4)).toEqual([7, 8, 8, 0]);
    expect(Object.is(decoded[1], -0)).toBe(true);
  });

  test("the low nibble comes first", () => {
    const line = Float32Array.from(padded([0, 0.5, 1, 1.5, 6]));
    const blocks = new Uint8Array(16);
    encodeMxfp4(line, blocks, new Uint8Array(1));
    expect([...blocks.subarray(0, 3)]).toEqual([0x10, 0x32, 0x07]);
  });
});

describe("BF16", () => {
  test("every finite word comes back", () => {
    const words = Uint16Array.from({ length: 65536 }, (_, word) => word).filter((word) =>
      Number.isFinite(bf16(word)),
    );
    const values = Float32Array.from(words, bf16);
    const out = new Uint16Array(words.length);
    encodeBf16(values, out);
    expect(out).toEqual(words);
  });

  test("takes the nearer neighbour, ties to even", () => {
    const step = 2 ** -7;
    const values = Float32Array.of(
      1 + 0.49 * step,
      1 + 0.5 * step,
      1 + 1.5 * step,
      1 + 0.51 * step,
      -1 - 1.5 * step,
    );
    encodeBf16(values, new Uint16Array(5));
    expect([...values]).toEqual([1, 1, 1 + 2 * step, 1 + step, -1 - 2 * step]);
  });
});
