import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const text = (name: string) => readFileSync(join(root, name), "utf8");
const scripts = Object.keys((JSON.parse(text("package.json")) as { scripts: object }).scripts);

test("every npm script that a page names exists", () => {
  const pages = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name));
  const named = ["README.md", "CONTRIBUTING.md", ...pages].flatMap((page) =>
    [...text(page).matchAll(/\bnpm run ([a-z][a-z0-9:-]*)/g)].map(([, script]) => script!),
  );
  expect(new Set(named).size).toBeGreaterThan(10);
  expect(named.filter((script) => !scripts.includes(script))).toEqual([]);
});

test.each(["docs/benchmarks.md", "CONTRIBUTING.md"])("%s has a row for every benchmark", (page) => {
  const rows = text(page)
    .split("\n")
    .filter((line) => line.startsWith("| `npm run "));
  const benchmarks = scripts.filter((script) => script.startsWith("bench:"));
  expect(
    benchmarks.filter((script) => !rows.some((row) => row.startsWith(`| \`npm run ${script}\``))),
  ).toEqual([]);
});
