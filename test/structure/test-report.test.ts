import { expect, test } from "vitest";
// @ts-expect-error: a script without types
import { countCases, failedCases } from "../../scripts/test-report.mjs";

const report = `
<testcase classname="a.test.ts" name="x &gt; 1 is &quot;large&quot;" time="1">
  <failure message="expected 1 &lt; 2&#10;and more" type="AssertionError">stack</failure>
</testcase>
<testcase classname="b_test.cpp" name="holds"/>
<testcase classname="b_test.cpp" name="waits"><skipped/></testcase>
<testcase classname="b_test.cpp" name="rests" status="skipped"/>`;

test("cases are counted, and those that failed are named with their reason", () => {
  expect(countCases(report)).toEqual({ passed: 1, failed: 1, skipped: 2 });
  expect(failedCases(report)).toEqual(['a.test.ts > x > 1 is "large": expected 1 < 2']);
});
