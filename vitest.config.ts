import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "tsconfig.json" },
    // A crash of the addon ends one process, not the run.
    pool: "forks",
    // Its modules of gradients, which its bundle for Node leaves out, name each other as only bundlers understand.
    server: { deps: { inline: [/@tensorflow\/tfjs-core/] } },
    maxWorkers: availableParallelism(),
    // Against a hang; a busy machine takes ten times as long as a quiet one.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ["default", "junit"],
    outputFile: { junit: "reports/vitest.xml" },
  },
});
