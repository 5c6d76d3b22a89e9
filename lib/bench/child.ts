import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SpectrapError } from "../solver/error.ts";

/** A program to run in a process of its own. */
export interface Command {
  program: string;
  args: readonly string[];
  /** Added to the environment; undefined takes a variable out. */
  env?: Readonly<Record<string, string | undefined>>;
}

export interface ChildOptions {
  /** The CPUs it may run on, as `taskset -c` takes them, where the system has that; null: any. */
  pin?: number | string | null;
  signal?: AbortSignal | undefined;
}

/** One thread, whichever library a contender brings along. */
export const ONE_THREAD = {
  OPENBLAS_NUM_THREADS: "1",
  OMP_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
} as const;

/**
 * Runs a program to its end and parses its last line of output as JSON. Rejects with BENCH_FAILED when it fails or prints
 * no JSON, with the last lines it wrote to standard error.
 */
export async function runJson(command: Command, { pin = null, signal }: ChildOptions = {}): Promise<unknown> {
  const [program, args] = pinned(command, pin);
  const env = { ...process.env, ...command.env };
  const child = spawn(program, args, {
    env,
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal === undefined ? {} : { signal }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.on("error", (cause) =>
      reject(
        signal?.aborted
          ? new SpectrapError("ERR_CANCELLED", "the benchmark was cancelled", { cause })
          : failed(command, cause.message, cause),
      ),
    );
    child.on("close", (status, name) => resolve(name ?? status));
  });
  if (code !== 0) throw failed(command, `ended with ${code}: ${tail(stderr)}`);
  try {
    return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
  } catch (cause) {
    throw failed(command, `printed no JSON: ${tail(stdout + stderr)}`, cause);
  }
}

/** Whether a program of this name is in the PATH. */
export function inPath(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}

function pinned({ program, args }: Command, cpus: number | string | null): [string, readonly string[]] {
  if (cpus === null || !inPath("taskset")) return [program, args];
  return ["taskset", ["-c", String(cpus), program, ...args]];
}

function failed({ program, args }: Command, reason: string, cause?: unknown): SpectrapError {
  return new SpectrapError("BENCH_FAILED", `${[program, ...args].join(" ")} ${reason}`, { cause });
}

function tail(text: string): string {
  return text.trim().split("\n").slice(-4).join(" / ").slice(-600);
}
