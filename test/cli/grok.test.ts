import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, finished, spectrap, start } from "../helpers/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "spectrap-grok-"));
beforeAll(compile);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const small = ["--per-class", "2", "--batch-size", "10", "--shuffles", "1", "--quiet"];

describe("spectrap grok", () => {
  test("trains the perceptron and says where its phases begin", async () => {
    const out = join(scratch, "mlp");
    const args = ["grok", "mlp", ...small, "--steps", "5", "--weight-decay", "0.1", "--out", out];
    const { code, stdout, stderr } = await spectrap(args);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`seed 0: ${out}\n`);
    expect(stdout).toMatch(/memorised {13}(not reached|step \d+)/);
    expect(stdout).toContain("MLP, synthetic digits");
    const { experiment } = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    expect(experiment).toMatchObject({ hidden: [100, 100], initScale: 4, weightDecay: 0.1, batchSize: 10 });
    const again = await spectrap(args);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("RUN_EXISTS")]);
    expect((await spectrap([...args, "--resume"])).stdout).toBe(stdout);
  });

  test("trains several seeds of the transformer into folders of their own", async () => {
    const out = join(scratch, "modadd");
    const options = ["--p", "7", "--seed", "3", "--seeds", "2", "--steps", "5", "--shuffles", "1"];
    const { code, stdout, stderr } = await spectrap([
      ...["grok", "modadd", "--preset", "free", ...options, "--out", out],
      ...["--format", "json", "--progress", "json"],
    ]);
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ seed, folder }) => [seed, folder])).toEqual([
      [3, join(out, "seed-3")],
      [4, join(out, "seed-4")],
    ]);
    expect(lines[0].run.checkpoints).not.toEqual(lines[1].run.checkpoints);
    expect(readdirSync(out).sort()).toEqual([
      "comparison.csv",
      "comparison.md",
      "seed-3",
      "seed-4",
      "training.svg",
    ]);
    const progress = stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
    expect(progress.at(-1)).toMatchObject({ event: "progress", seed: 4, step: 5, steps: 5 });
  });

  test("stopped by a signal, goes on where it was", async () => {
    const out = join(scratch, "stopped");
    const args = ["grok", "mlp", ...small, "--steps", "200", "--out", out];
    const child = start(["dist/cli/main.js", ...args, "--progress", "json"]);
    child.stderr!.once("data", () => child.kill("SIGINT"));
    const stopped = await finished(child);
    expect(stopped.code).toBe(130);
    expect(readdirSync(out)).not.toContain("curve.jsonl");
    const { code } = await spectrap([...args, "--resume"]);
    expect(code).toBe(0);
    const curve = readFileSync(join(out, "curve.jsonl"), "utf8").trimEnd().split("\n");
    expect(JSON.parse(curve.at(-1)!).step).toBe(200);
  });

  test.each([
    [["mlp", "--preset", "nanda"], "Allowed choices are"],
    [["mlp", "--learning-rate", "fast"], "Expected a number"],
    [["mlp", "--batch-size", "7"], "US_OPTION"],
    [["mlp", "--seeds", "0"], "US_OPTION"],
    [["modadd", "--p", "1"], "US_OPTION"],
    [["mlp", "--idx", join(scratch, "nowhere")], "CK_NOT_FOUND"],
  ])("refuses %j", async (args, said) => {
    const { code, stderr } = await spectrap(["grok", ...args, "--out", join(scratch, "refused")]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
  });
});
