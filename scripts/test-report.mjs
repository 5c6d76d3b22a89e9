/**
 * Counts the tests in JUnit reports: the one format that doctest and vitest both write.
 *
 *   node scripts/test-report.mjs build-core.xml vitest.xml     prints `N passed, N failed` over these together
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./run.mjs";

export const reportFolder = join(root, "reports");

/** Counts of one report. doctest's own `tests` attribute counts assertions, so the cases are counted here. */
export function countCases(xml) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const [, attributes, body] of xml.matchAll(
    /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const content = body ?? "";
    if (/<(failure|error)\b/.test(content)) count.failed += 1;
    else if (/<skipped\b/.test(content) || attributes.includes('status="skipped"')) count.skipped += 1;
    else count.passed += 1;
  }
  return count;
}

/** `N passed, N failed` over the reports that are there, with `, N skipped` when there are any. */
export function summary(names) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const name of names.filter((name) => existsSync(join(reportFolder, name)))) {
    const count = countCases(readFileSync(join(reportFolder, name), "utf8"));
    for (const key of Object.keys(total)) total[key] += count[key];
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  return `${total.passed} passed, ${total.failed} failed${skipped}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(summary(process.argv.slice(2)));
