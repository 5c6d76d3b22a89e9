/**
 * Builds the fuzz target of the native readers with clang, under address and undefined-behaviour sanitizers, and runs it:
 *
 *   npm run fuzz:native                       a million executions
 *   npm run fuzz:native -- 5000               so many
 */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { seeds } from "../native/fuzz/seeds.mjs";
import { main, root, run, StepError, step } from "./run.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

const folder = join(root, "build-fuzz");
const corpus = join(folder, "corpus");
const findings = join(folder, "findings");

await main(async () => {
  const runs = Number(process.argv[2] ?? 1_000_000);
  if (!Number.isSafeInteger(runs) || runs < 1)
    throw new StepError(`${process.argv[2]} is no number of runs.`);
  await step("system packages", (say) => ensureSystemPackages(["build", "fuzz"], say));
  await step("fuzz target", build);
  await step("seeds", plant);
  const { code, log } = await fuzz(runs);
  tell(code, log);
});

function build() {
  const options = [
    "-DSPECTRAP_FUZZ=ON",
    "-DSPECTRAP_SANITIZE=address,undefined",
    "-DCMAKE_CXX_COMPILER=clang++",
  ];
  run("cmake", ["-S", root, "-B", folder, ...options]);
  run("cmake", [
    "--build",
    folder,
    "--target",
    "spectrap_fuzz",
    "--parallel",
    String(availableParallelism()),
  ]);
  return "ready";
}

/** Every run begins with the same cases, so that two runs of one program do the same. */
function plant() {
  for (const place of [corpus, findings]) {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
  }
  const all = seeds();
  for (const [name, bytes] of all) writeFileSync(join(corpus, name), bytes);
  return `${all.length} planted`;
}

/**
 * A case that takes more than a second, or asks for more than 64 MiB at once, is a finding like a crash: no case has
 * a file of more than half a MiB.
 */
function fuzz(runs) {
  const limits = [
    "-timeout=1",
    "-report_slow_units=1",
    "-malloc_limit_mb=64",
    "-rss_limit_mb=1024",
    "-max_len=4096",
  ];
  const places = [`-artifact_prefix=${findings}/`, corpus];
  const args = [`-runs=${runs}`, "-seed=1", "-print_final_stats=1", ...limits, ...places];
  return new Promise((resolve, reject) => {
    const child = spawn(join(folder, "spectrap_fuzz"), args, {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      log += text;
      for (const line of text.split("\n")) if (/^#\d+\tpulse/.test(line)) process.stderr.write(`${line}\n`);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, log }));
  });
}

function tell(code, log) {
  const stat = (name) => new RegExp(`stat::${name}:\\s+(\\d+)`).exec(log)?.[1] ?? "?";
  const [, edges, features] = [...log.matchAll(/cov: (\d+) ft: (\d+)/g)].at(-1) ?? [];
  const seconds = /in (\d+) second/.exec(log)?.[1] ?? "?";
  console.log(`executions        ${stat("number_of_executed_units")} in ${seconds} s`);
  console.log(`coverage          ${edges} edges, ${features} features`);
  console.log(`slowest execution ${stat("slowest_unit_time_sec")} s (whole seconds)`);
  console.log(`peak memory       ${stat("peak_rss_mb")} MiB`);
  const slow = log.includes("slow-unit");
  console.log(`findings          ${code === 0 && !slow ? "none" : `in ${findings}`}`);
  if (code === 0 && !slow) return;
  process.exitCode = 1;
  console.error(
    `${log.split("\n").slice(-60).join("\n")}\nAgain: ${join(folder, "spectrap_fuzz")} <file in ${findings}>`,
  );
}
