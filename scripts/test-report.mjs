/**
 * Counts the tests in JUnit reports: the one format that doctest and vitest both write.
 *
 *   node scripts/test-report.mjs build-core.xml vitest.xml
 *
 * prints what failed, each with its first words of why, and last `N passed, N failed` over these together.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./run.mjs";

export const reportFolder = join(root, "reports");

const testcase = /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;
const failure = /<(?:failure|error)\b(?:[^>"]|"[^"]*")*>/;

/** Counts of one report. doctest's own `tests` attribute counts assertions, so the cases are counted here. */
export function countCases(xml) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const [, attributes, content = ""] of xml.matchAll(testcase)) {
    if (failure.test(content)) count.failed += 1;
    else if (/<skipped\b/.test(content) || attributes.includes('status="skipped"')) count.skipped += 1;
    else count.passed += 1;
  }
  return count;
}

/** `file > test: reason` of each case that failed. */
export function failedCases(xml) {
  return [...xml.matchAll(testcase)].flatMap(([, attributes, content = ""]) => {
    const found = failure.exec(content);
    if (found === null) return [];
    const reason = attribute(found[0], "message").split("\n")[0].slice(0, 200);
    return `${attribute(attributes, "classname")} > ${attribute(attributes, "name")}: ${reason}`;
  });
}

function attribute(text, name) {
  const [, value = ""] = new RegExp(`\\b${name}="([^"]*)"`).exec(text) ?? [];
  const entities = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&", "#10": "\n" };
  return value.replace(/&(lt|gt|quot|apos|amp|#10);/g, (_, entity) => entities[entity]);
}

function readReports(names) {
  return names
    .map((name) => join(reportFolder, name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, "utf8"));
}

/** `N passed, N failed` over the reports that are there, with `, N skipped` when there are any. */
export function summary(names) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const xml of readReports(names)) {
    const count = countCases(xml);
    for (const key of Object.keys(total)) total[key] += count[key];
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  return `${total.passed} passed, ${total.failed} failed${skipped}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2);
  for (const failed of readReports(names).flatMap(failedCases)) console.log(`FAILED: ${failed}`);
  console.log(summary(names));
}
