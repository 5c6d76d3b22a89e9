import { expect, test } from "vitest";
import { formatDiagnosis } from "../../lib/report/diagnosis.ts";
import type { Diagnosis } from "../../lib/solver/doctor.ts";

const GIB = 2 ** 30;
const good: Diagnosis = {
  ready: true,
  platform: "linux-x64",
  node: "v20.19.0",
  addon: { file: "/p/prebuilds/linux-x64/spectrap.glibc.node", origin: "prebuild", trouble: null },
  cpu: { model: "Some CPU", features: ["avx2", "fma"] },
  kernels: { name: "avx2", available: ["sse2", "avx2"], trouble: null },
  blas: {
    library: "libopenblas.so.0",
    file: "/usr/lib/openblas-pthread/libopenblasp.so",
    config: "OpenBLAS 0.3.21 MAX_THREADS=64",
    kernel: "SkylakeX",
    threading: "pthread",
    kernelChosen: true,
    trouble: null,
  },
  memory: { total: 64 * GIB, available: 32 * GIB, groupLimit: 8 * GIB, free: 6 * GIB },
  cores: { physical: 8, logical: 16, allowed: 4, quota: 2.5 },
  defaults: { threads: 2, memoryBytes: 3 * GIB },
};

test("what was found, a line for each part", () => {
  expect(formatDiagnosis(good, "1.2.3")).toBe(`\
part          found
spectrap      1.2.3, linux-x64, Node v20.19.0
addon         /p/prebuilds/linux-x64/spectrap.glibc.node (prebuild)
CPU           Some CPU: avx2 fma
kernels       avx2, of sse2 avx2
BLAS          libopenblas.so.0 → /usr/lib/openblas-pthread/libopenblasp.so
BLAS build    OpenBLAS 0.3.21 MAX_THREADS=64; threads: pthread
BLAS kernel   SkylakeX, chosen by spectrap for this CPU
memory        64.0 GiB, 32.0 GiB available; control group: at most 8.0 GiB; 6.0 GiB for spectrap
cores         8 (16 hardware threads), 4 allowed by affinity; control group: 2.5 CPUs' worth of time
by default    2 threads, 3.0 GiB for matrices at work

An analysis can run.
`);
});

test("what is missing comes last, with what to do", () => {
  const trouble = { code: "UNKNOWN_ISA", reason: "tried this and that", hint: "name another" };
  expect(formatDiagnosis({ ...good, ready: false, kernels: { trouble } }, "1.2.3")).toMatch(
    /^kernels +none$[\s\S]*\n\nAn analysis cannot run\.\nUNKNOWN_ISA: tried this and that\nWhat to do: name another\n$/m,
  );
});

test("an analysis can run without a BLAS, and who would need one is said", () => {
  const trouble = { code: "BLAS_NOT_FOUND", reason: "tried this and that", hint: "install it" };
  const text = formatDiagnosis({ ...good, blas: { trouble } }, "1.2.3");
  expect(text).toMatch(
    /^BLAS +not found: only --solver lapack, --precision reference and --vectors need it$/m,
  );
  expect(text).toMatch(/\n\nAn analysis can run\.\n$/);
  expect(text).not.toContain("install it");
});

test("without the addon, what it would have looked for is not told as a second trouble", () => {
  const trouble = { code: "ADDON_NOT_FOUND", reason: "none", hint: "build it" };
  const text = formatDiagnosis(
    {
      ...good,
      ready: false,
      addon: { trouble },
      kernels: { trouble },
      blas: { trouble },
      cpu: { model: "Some CPU", features: null },
    },
    "1.2.3",
  );
  expect(text).toMatch(/^addon +none that loads$/m);
  expect(text).toMatch(/^CPU +Some CPU$/m);
  expect(text).not.toMatch(/^BLAS/m);
  expect(text.match(/ADDON_NOT_FOUND/g)).toHaveLength(1);
});
