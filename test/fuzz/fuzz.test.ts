import { beforeAll, expect, test } from "vitest";
import { compile, finished, start } from "../helpers/command.ts";

beforeAll(compile);

/** The long runs are npm run fuzz:header and fuzz:index; see docs/reliability.md. */
test.each([
  ["header", 20_000],
  ["index", 500],
])("a short run of the %s fuzzer finds nothing", async (name, runs) => {
  const child = start([`test/fuzz/${name}.mjs`, "--runs", String(runs)]);
  const { code, stdout } = await finished(child);
  expect(stdout).toContain("findings          none");
  expect(stdout).toContain(`executions        ${runs} `);
  expect(code).toBe(0);
});
