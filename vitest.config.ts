import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "tsconfig.json" },
    // A crash of the addon ends one process, not the run.
    pool: "forks",
    maxWorkers: availableParallelism(),
    testTimeout: 30_000,
    reporters: ["default", "junit"],
    outputFile: { junit: "reports/vitest.xml" },
  },
});
