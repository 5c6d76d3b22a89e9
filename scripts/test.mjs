/**
 * All tests: the C++ core's by doctest, then everything else by vitest, which gets this script's arguments
 * (`npm test -- test/spectrum`). JUnit reports go to reports/.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { nativeTests } from "./native-tests.mjs";
import { main, show } from "./run.mjs";
import { reportFolder, summary } from "./test-report.mjs";

await main(async () => {
  rmSync(reportFolder, { recursive: true, force: true });
  const nativePassed = await nativeTests();
  const vitestPassed = show(process.execPath, [
    "node_modules/vitest/vitest.mjs",
    "run",
    ...process.argv.slice(2),
  ]);
  for (const [title, report] of [
    ["C++ core  ", "build-core.xml"],
    ["TypeScript", "vitest.xml"],
  ]) {
    const counted = existsSync(join(reportFolder, report))
      ? summary([report])
      : "no report: it did not run to its end";
    console.log(`${title}  ${counted}`);
  }
  if (!nativePassed || !vitestPassed) process.exitCode = 1;
});
