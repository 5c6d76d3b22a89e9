import { describe, expect, test } from "vitest";
import { gptOssPlan } from "../../../lib/checkpoint/synth/gpt-oss.ts";
import { resolveOptions, type SynthOptions } from "../../../lib/checkpoint/synth/options.ts";
import { planShards, shardNames } from "../../../lib/checkpoint/synth/shards.ts";

function shards(options: SynthOptions) {
  const plan = resolveOptions(options);
  return planShards(gptOssPlan(plan).tensors, plan.shards, shardNames(true, plan.layout));
}

const payload = (list: ReturnType<typeof shards>) =>
  list.reduce((sum, shard) => sum + shard.size - shard.head.length, 0);
const count = (list: ReturnType<typeof shards>) => list.flatMap((shard) => shard.tensors).length;

// Sizes of the published files: they hold only if every name, dtype, shape and the header's form do.
describe("the releases of OpenAI", () => {
  test("20B, original: one file of 13,761,300,984 bytes with 363 tensors", () => {
    const list = shards({ shape: "gpt-oss-20b", layout: "original", shards: 1 });
    expect(list.map(({ size }) => size)).toEqual([13_761_300_984]);
    expect(count(list)).toBe(363);
  });

  test("20B: three files, 459 tensors", () => {
    const list = shards({ shape: "gpt-oss-20b" });
    expect(list).toHaveLength(3);
    expect(count(list)).toBe(459);
    expect(payload(list)).toBe(13_761_264_768);
  });

  test("120B: fifteen files, 687 tensors, or 543", () => {
    const list = shards({ shape: "gpt-oss-120b" });
    expect(list).toHaveLength(15);
    expect(count(list)).toBe(687);
    expect(payload(list)).toBe(65_248_815_744);
    expect(count(shards({ shape: "gpt-oss-120b", layout: "original" }))).toBe(543);
  });

  test("sizes left out follow hidden", () => {
    expect(resolveOptions({ hidden: 288 })).toMatchObject({
      intermediate: 288,
      vocab: 20096,
      heads: 64,
      headDim: 6,
    });
    expect(resolveOptions({ hidden: 288, vocab: 77, headDim: 5 })).toMatchObject({ vocab: 77, headDim: 5 });
  });
});
