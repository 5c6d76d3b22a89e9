/**
 * What the other scripts share: the package's folder, a child process that is silent while it succeeds and
 * told in full when it fails, and one line per step.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** Failure whose message is all that a person needs to see. */
export class StepError extends Error {}

/** Runs a command to its end, without its output. Throws StepError with all of it when it fails. */
export function run(command, args, { cwd = root, env = {} } = {}) {
  const child = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.error) throw new StepError(`${command}: ${child.error.message}`);
  if (child.status !== 0) {
    const ending = child.signal ?? `exit code ${child.status}`;
    throw new StepError(`${child.stdout}${child.stderr}\n${[command, ...args].join(" ")}: ${ending}`);
  }
  return child.stdout;
}

/** Runs a command that talks to the terminal itself; returns whether it succeeded. */
export function show(command, args, { cwd = root } = {}) {
  const child = spawnSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });
  if (child.error) console.error(`${command}: ${child.error.message}`);
  return child.status === 0;
}

/** Does one step and prints `name  what it did  seconds` on stderr. `work(say)` returns what it did. */
export async function step(name, work) {
  const start = performance.now();
  process.stderr.write(`${name.padEnd(16)} `);
  const done = await work((text) => process.stderr.write(`${text} … `));
  process.stderr.write(`${done} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`);
}

/** Runs a script's main function; an expected failure is a message and exit code 1, not a stack. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    process.stderr.write(`\n${error.message.trim()}\n`);
    process.exitCode = 1;
  }
}
