/**
 * A checkpoint whose traps are known, its analysis, and which of them were found. Runs after set-up and build:
 *
 *   npm run demo
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

const main = join("dist", "cli", "main.js");
const checkpoint = join(".demo", "checkpoint");
const results = join(".demo", "run");

const shape = [
  "--layers",
  "2",
  "--experts",
  "4",
  "--hidden",
  "256",
  "--intermediate",
  "384",
  "--vocab",
  "2048",
];

console.log(
  "\nspectrap demo: write a small GPT-OSS-shaped checkpoint, analyse it, look for the traps planted in it.",
);
rmSync(join(root, results), { recursive: true, force: true }); // a run is never overwritten
spectrap("synth", checkpoint, ...shape, "--seed", "1", "--force");
spectrap("analyze", checkpoint, "--out", results, "--progress", "auto");
tell(
  JSON.parse(readFileSync(join(root, checkpoint, "truth.json"), "utf8")).matrices,
  readFileSync(join(root, results, "rows.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map(JSON.parse),
);

/** Shows a command and lets it talk for itself; what it cannot do ends the demo with its exit code. */
function spectrap(...args) {
  console.log(`\n$ spectrap ${args.join(" ")}`);
  const child = spawnSync(process.execPath, [main, ...args], { cwd: root, stdio: "inherit" });
  if (child.error) throw child.error;
  if (child.status !== 0) {
    console.error(
      `\nThe demo stops: spectrap ${args[0]} ended with ${child.signal ?? `exit code ${child.status}`}.`,
    );
    process.exit(child.status ?? 1);
  }
}

/** A trap planted is an entry that must detach one eigenvalue of the shuffled matrix. */
function tell(truth, rows) {
  const rowOf = new Map(rows.map((row) => [row.name, row]));
  const verdicts = truth.map(({ name, expectedTraps: planted }) => {
    const counted = rowOf.get(name)?.traps ?? null;
    return { name, planted, counted, margin: rowOf.get(name)?.trap_margin ?? null };
  });
  const telling = verdicts.filter(({ planted, counted }) => planted > 0 || counted > 0);

  console.log("\nTraps planted, and traps found in one shuffled copy by the calibrated test:\n");
  const width = Math.max(...telling.map(({ name }) => name.length));
  for (const { name, planted, counted, margin } of telling) {
    const numbers = `planted ${planted}  counted ${counted ?? "-"}  trap_margin ${margin?.toFixed(2) ?? "-"}`;
    console.log(`  ${name.padEnd(width)}  ${numbers}  ${verdict(planted, counted)}`);
  }

  const sum = (of) => verdicts.reduce((total, one) => total + of(one), 0);
  const found = sum(({ planted, counted }) => Math.min(planted, counted));
  const spurious = sum(({ planted, counted }) => Math.max(0, counted - planted));
  const clean = sum(({ planted, counted }) => (planted === 0 && counted === 0 ? 1 : 0));
  const small = sum(({ counted }) => (counted === null ? 1 : 0));
  console.log(
    `\n${found} of ${sum(({ planted }) => planted)} planted traps found; ` +
      `${spurious} counted where none was planted; ${clean} matrices without traps came out clean` +
      `${small === 0 ? "." : `; ${small} could not be tested.`}`,
  );
  console.log(`Rows and summary: ${results}. What was planted: ${join(checkpoint, "truth.json")}.`);
}

function verdict(planted, counted) {
  if (counted === null) return "not counted";
  if (counted === planted) return "all found";
  return counted < planted ? `${planted - counted} missed` : `${counted - planted} too many`;
}
