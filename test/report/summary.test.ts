import { expect, test } from "vitest";
import { resolveOptions } from "../../lib/analysis/options.ts";
import { runRecord } from "../../lib/analysis/record.ts";
import { summarize } from "../../lib/analysis/summary.ts";
import { formatRun, formatSkipped, formatSummary } from "../../lib/report/summary.ts";
import { FakeSolver, fakeErrorRow, fakeRow } from "../analysis/fakes.ts";

test("a summary says counts, traps, alpha outside its range and means", () => {
  const rows = [
    fakeRow("a", { alpha: 1.5, traps: 1, trapMargin: 1.5, meanMargin: 0.1, trapThreshold: 1.2 }),
    fakeRow("b", {
      alpha: 3.5,
      traps: 0,
      trapMargin: 0.3,
      meanMargin: 1.4,
      trapThreshold: 1.2,
      meanTrap: true,
    }),
    fakeErrorRow("c"),
  ];
  const lines = formatSummary(summarize(rows)).split("\n");
  expect(lines[0]).toBe("3 matrices, 1 failed (MX_SCALE_NAN 1)");
  expect(lines[1]).toBe("nearest to a trap: a, margin 1.500 where 1.200 makes one");
  expect(lines[2]).toBe("traps made by entries in 1 of 2, by the mean in 1");
  expect(lines[3]).toBe("alpha below 2 in 1, above 6 in 0 of 2");
  expect(lines[4]).toMatch(/^means: log_norm [\d.]+, alpha 2\.500, /);
});

test("skipped tensors share a line for each reason", () => {
  const skip = (tensor: string, reason: string) =>
    ({ tensor, shape: [5], dtype: "F32", reason, parameters: 5 }) as const;
  const skipped = [..."abcd"].map((name) => skip(name, "rank 1")).concat(skip("e\n", "integers"));
  expect(formatSkipped(skipped)).toBe(
    "skipped 4 (20 parameters): rank 1: a, b, c, …\nskipped 1 (5 parameters): integers: e\\n\n",
  );
});

test("how the numbers came about is one line", () => {
  const record = runRecord("somewhere", resolveOptions({ seed: 7 }), new FakeSolver(), new Date(0));
  expect(formatRun(record, [fakeRow("a"), fakeErrorRow("b")])).toBe(
    "precision double: |Δλ| ≤ 1e-12·λmax; seed 7; 2 threads; native (fake)\n",
  );
  expect(formatRun({ ...record, solver: null }, [])).toBe("precision double; seed 7\n");
  const fallback = fakeRow("a", { precisionAsked: "single" });
  const single = runRecord("somewhere", resolveOptions({ precision: "single" }), null, new Date(0));
  expect(formatRun(single, [fallback, fakeRow("b", { precision: "single", precisionAsked: "single" })])).toBe(
    "precision single (double in 1 of 2): |Δλ| ≤ 1e-12·λmax; seed 0\n",
  );
  const blas = { library: "libx.so", file: "", config: "", kernel: "Zen", threading: "pthread" } as const;
  const solver = {
    ...record.solver!,
    name: "lapack",
    kernel: "Zen",
    blas: { ...blas, kernelChosen: false },
  } as const;
  expect(formatRun({ ...record, solver }, [])).toBe(
    "precision double; seed 7; 2 threads; lapack (libx.so, Zen, pthread)\n",
  );
});
