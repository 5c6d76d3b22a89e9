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
  const trouble = { code: "BLAS_NOT_FOUND", reason: "tried this and that", hint: "install it" };
  expect(formatDiagnosis({ ...good, ready: false, blas: { trouble } }, "1.2.3")).toMatch(
    /^BLAS +none that opens$[\s\S]*\n\nAn analysis cannot run\.\nBLAS_NOT_FOUND: tried this and that\nWhat to do: install it\n$/m,
  );
});

test("without the addon, the BLAS it would have opened is not told as a second trouble", () => {
  const trouble = { code: "ADDON_NOT_FOUND", reason: "none", hint: "build it" };
  const text = formatDiagnosis(
    {
      ...good,
      ready: false,
      addon: { trouble },
      blas: { trouble },
      cpu: { model: "Some CPU", features: null },
    },
    "1.2.3",
  );
  expect(text).toMatch(/^addon +none that loads$/m);
  expect(text).toMatch(/^CPU +Some CPU$/m);
  expect(text.match(/ADDON_NOT_FOUND/g)).toHaveLength(1);
});
