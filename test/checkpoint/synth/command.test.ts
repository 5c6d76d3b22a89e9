import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { synthCommand } from "../../../lib/cli/synth.ts";

const root = mkdtempSync(join(tmpdir(), "spectrap-synth-command-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const sizes =
  "--layers 1 --experts 2 --hidden 64 --intermediate 32 --vocab 40 --heads 4 --kv-heads 2 --head-dim 8";

test("every option reaches the checkpoint", async () => {
  const options = `${sizes} --layout original --shards 2 --seed 9007199254740991 --traps none --tail 2.25,4`;
  await synthCommand().parseAsync([root, "--shape", "gpt-oss-120b", ...options.split(" "), "--quiet"], {
    from: "user",
  });
  expect(JSON.parse(readFileSync(join(root, "truth.json"), "utf8")).options).toEqual({
    shape: "gpt-oss-120b",
    layers: 1,
    experts: 2,
    hidden: 64,
    intermediate: 32,
    vocab: 40,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    layout: "original",
    dtype: "BF16",
    shards: 2,
    seed: 2 ** 53 - 1,
    traps: "none",
    tail: [2.25, 4],
  });
});

test.each([
  ["--layers", "2.5"],
  ["--tail", "3,x"],
  ["--tail", "3,"],
  ["--shape", "vit"],
  ["--layout", "metal"],
])("%s %s is refused before anything is written", async (option, value) => {
  const command = synthCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await expect(
    command.parseAsync([join(root, "new"), option, value], { from: "user" }),
  ).rejects.toMatchObject({
    code: "commander.invalidArgument",
  });
});
