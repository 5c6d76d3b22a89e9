import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { compile, finished, start } from "../../helpers/command.ts";

// The environment goes away while the native thread is in the middle of a step.
const MODULE = pathToFileURL(join(import.meta.dirname, "../../../dist/grokking/trainer/mlp.js")).href;
const TRAINING = `
  const { MlpTrainer } = await import(${JSON.stringify(MODULE)});
  const inputs = Float64Array.from({ length: 200 * 300 }, (_, i) => Math.sin(i * i));
  const labels = Uint32Array.from({ length: 200 }, (_, i) => i % 10);
  const options = { hidden: [200, 200], batchSize: 200, learningRate: 1e-3, weightDecay: 0 };
  const trainer = new MlpTrainer({ count: 200, width: 300, classes: 10, inputs, labels }, options);
  trainer.train(Uint32Array.from({ length: 200 * 10000 }, (_, i) => i % 200));`;
const WORKER = `import("node:worker_threads").then(async ({ parentPort }) => {
  ${TRAINING}
  parentPort.postMessage("training");
});`;

beforeAll(compile, 60_000);

test.each([20, 150])("process.exit after %i ms of training is clean", async (milliseconds) => {
  const program = `${TRAINING} setTimeout(() => process.exit(7), ${milliseconds});`;
  expect(await finished(start(["--input-type=module", "-e", program]))).toEqual({
    code: 7,
    signal: null,
    stdout: "",
    stderr: "",
  });
});

test.each([20, 150])("a worker terminated after %i ms of training leaves its process whole", async (ms) => {
  const program = `
    import { Worker } from "node:worker_threads";
    const worker = new Worker(${JSON.stringify(WORKER)}, { eval: true });
    worker.once("message", () => setTimeout(async () => {
      await worker.terminate();
      console.log("terminated");
    }, ${ms}));`;
  expect(await finished(start(["--input-type=module", "-e", program]))).toEqual({
    code: 0,
    signal: null,
    stdout: "terminated\n",
    stderr: "",
  });
});

test("without a BLAS the error names the package to install", async () => {
  const program = `try {${TRAINING}} catch (error) { console.log(error.code, error.hint); }`;
  const { stdout } = await finished(
    start(["--input-type=module", "-e", program], { SPECTRAP_BLAS: "/nowhere/libblas.so" }),
  );
  expect(stdout).toMatch(/^BLAS_NOT_FOUND .*libopenblas0/);
});
