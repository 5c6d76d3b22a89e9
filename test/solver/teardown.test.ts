import { beforeAll, expect, test } from "vitest";
import { compile, finished, start } from "../helpers/command.ts";

// The environment goes away while native threads are inside LAPACK, at moments spread over a few problems.
const MOMENTS = [20, 60, 100, 140, 180, 220, 260, 300];

/**
 * Keeps two native threads busy with matrices whose decomposition takes some tens of milliseconds, one in our own kernels
 * and one in a BLAS that is opened when the other is already at work.
 */
const BUSY = `
  const { eigenvalues } = await import("spectrap");
  const values = Float32Array.from({ length: 500 * 400 }, (_, i) => Math.sin(i * i));
  const endless = async (solver) => { for (;;) await eigenvalues({ values, rows: 500, cols: 400 }, { solver }); };
  endless("native");
  endless("lapack");`;

const WORKER = `import("node:worker_threads").then(async () => {${BUSY}});`;

beforeAll(compile, 60_000);

test.each(MOMENTS)("process.exit after %i ms of native work is clean", async (milliseconds) => {
  const program = `${BUSY} setTimeout(() => process.exit(7), ${milliseconds});`;
  expect(await finished(start(["--input-type=module", "-e", program]))).toEqual({
    code: 7,
    signal: null,
    stdout: "",
    stderr: "",
  });
});

test.each(MOMENTS)(
  "a worker terminated after %i ms of native work leaves its process whole",
  async (milliseconds) => {
    const program = `
    import { Worker } from "node:worker_threads";
    const worker = new Worker(${JSON.stringify(WORKER)}, { eval: true });
    worker.once("online", () => setTimeout(async () => {
      await worker.terminate();
      console.log("terminated");
    }, ${milliseconds}));`;
    expect(await finished(start(["--input-type=module", "-e", program]))).toEqual({
      code: 0,
      signal: null,
      stdout: "terminated\n",
      stderr: "",
    });
  },
);
