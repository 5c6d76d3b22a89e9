import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type AnalyzeOptions, resolveOptions } from "../../lib/analysis/options.ts";
import { type Item, planAnalysis } from "../../lib/analysis/plan.ts";
import { openCheckpoint } from "../../lib/checkpoint/open.ts";
import { SpectrapError } from "../../lib/solver/error.ts";

const tiny = (layout: string) =>
  fileURLToPath(new URL(`../fixtures/gpt-oss-tiny-${layout}`, import.meta.url));

async function itemsOf(options: AnalyzeOptions, layout = "hf"): Promise<Item[]> {
  return planAnalysis(await openCheckpoint(tiny(layout)), resolveOptions(options)).items;
}

const nameOf = (item: Item) => (item.kind === "broken" ? item.broken.name : item.matrix.name);

test("both layouts plan the same rows", async () => {
  const names = (await itemsOf({})).map(nameOf);
  expect(names.slice(0, 8)).toEqual([
    "layers.0.q_proj",
    "layers.0.k_proj",
    "layers.0.v_proj",
    "layers.0.o_proj",
    "layers.0.router",
    "layers.0.experts.0.gate",
    "layers.0.experts.0.up",
    "layers.0.experts.0.down",
  ]);
  expect(names.slice(-2)).toEqual(["embed_tokens", "lm_head"]);
  expect((await itemsOf({}, "original")).map(nameOf)).toEqual(names);
});

test("a filter keeps the order", async () => {
  expect((await itemsOf({ layers: ["lm_head", "*.router", "-layers.0.*"] })).map(nameOf)).toEqual([
    "layers.1.router",
    "lm_head",
  ]);
});

test("a filter that leaves nothing is a mistake, not an empty answer", async () => {
  const error = await itemsOf({ layers: ["*.qproj"] }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(SpectrapError);
  expect(error).toMatchObject({ code: "US_OPTION" });
  expect(String(error)).toContain(
    'option layers is ["*.qproj"], expected globs that match some of the 24 matrices',
  );
});

test("a fused matrix stands in a group with its halves, and stays there when they are filtered out", async () => {
  const fused = (await itemsOf({ fused: true })).filter(({ kind }) => kind === "fused");
  expect(fused.slice(0, 3).map(nameOf)).toEqual([
    "layers.0.experts.0.gate",
    "layers.0.experts.0.up",
    "layers.0.experts.0.gate_up",
  ]);
  const [alone] = await itemsOf({ fused: true, layers: ["layers.1.experts.1.gate_up"] });
  expect(alone).toMatchObject({
    kind: "fused",
    part: "fused",
    group: { gate: { name: "layers.1.experts.1.gate" }, up: { name: "layers.1.experts.1.up" } },
  });
});

test("broken tensors stand at their place", async () => {
  const checkpoint = await openCheckpoint(tiny("hf"));
  const tensors = checkpoint.tensors.filter(
    ({ name }) => name !== "model.layers.0.mlp.experts.down_proj_scales",
  );
  const { items } = planAnalysis({ ...checkpoint, tensors }, resolveOptions({}));
  const place = items.findIndex(({ kind }) => kind === "broken");
  expect(items[place]).toMatchObject({ broken: { layer: 0, error: { code: "MX_SCALES_MISSING" } } });
  expect(nameOf(items[place - 1]!)).toMatch(/^layers\.0\./);
  expect(nameOf(items[place + 1]!)).toMatch(/^layers\.[01]\./);
});
