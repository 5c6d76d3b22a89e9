import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SpectrapError } from "../solver/error.ts";
import type { BlasInfo } from "../solver/solver.ts";
import { type ChildOptions, type Command, inPath, ONE_THREAD, runJson } from "./child.ts";
import type { BenchPrecision, Contender } from "./contenders.ts";
import type { Job } from "./worker.ts";

/** One run of one contender. */
export interface Sample {
  seconds: number;
  cpuSeconds: number;
  /** Kernel or instruction set that ran; null: the library does not say. */
  kernel: string | null;
  /** Build of the library; null for spectrap. */
  library: string | null;
  /** Ascending. */
  eigenvalues: readonly number[];
}

/** Which kernel a BLAS runs: its own choice, or (named, or as spectrap chooses) the best for this CPU. */
export type KernelChoice = "own" | "best";

export interface Task {
  contender: Contender;
  precision: BenchPrecision;
  choice: KernelChoice;
  /** The kernel spectrap chooses for this CPU, in the words of OPENBLAS_CORETYPE. */
  bestKernel: string | null;
  /** n × n numbers in float64. */
  file: string;
  n: number;
}

const worker = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url));
/** Scripts and sources of the contenders that are no part of the package. */
const peers = fileURLToPath(new URL("../../bench/peers", import.meta.url));

/** Runs a job of the addon in a process of its own; errors that have a code come back as SpectrapError. */
export async function runNative(job: Job, options: ChildOptions): Promise<unknown> {
  const blasEnv = "ownKernel" in job && job.ownKernel ? { OPENBLAS_CORETYPE: undefined } : {};
  const env = { ...ONE_THREAD, ...blasEnv };
  return answer(
    await runJson({ program: process.execPath, args: [worker, JSON.stringify(job)], env }, options),
  );
}

export async function runSample(task: Task, options: ChildOptions): Promise<Sample> {
  const { contender, precision, choice, file, n } = task;
  const { runner, routine } = contender;
  if (runner === "native") {
    const job = { task: "eigenvalues", routine, precision, file, n, ownKernel: choice === "own" } as const;
    return (await runNative(job, options)) as Sample;
  }
  const command = runner === "python" ? await pythonCommand(routine) : compiledCommand(routine);
  const kernel = choice === "own" || task.bestKernel === null ? undefined : task.bestKernel;
  const full: Command = {
    ...command,
    args: [...command.args, precision, file, String(n)],
    env: { ...ONE_THREAD, OPENBLAS_CORETYPE: kernel },
  };
  return answer(await runJson(full, options)) as Sample;
}

/** The version of a contender, or a SpectrapError that says why it is not here. */
export async function findContender({ runner, routine }: Contender, options: ChildOptions): Promise<string> {
  if (routine === "spectrap") return ((await runNative({ task: "isa" }, options)) as { isa: string }).isa;
  if (runner === "native") {
    const blas = await probeBlas(false, options);
    return `${blas.library}: ${blas.config || blas.file}`;
  }
  const command = runner === "python" ? await pythonCommand(routine) : compiledCommand(routine);
  const found = answer(await runJson({ ...command, args: [...command.args, "version"] }, options));
  return (found as { version: string }).version;
}

async function probeBlas(ownKernel: boolean, options: ChildOptions): Promise<BlasInfo> {
  return (await runNative({ task: "blas", ownKernel }, options)) as BlasInfo;
}

/** The kernels a BLAS runs by its own choice and by spectrap's; null: there is no BLAS. */
export interface Kernels {
  own: string | null;
  best: string | null;
}

export async function findKernels(children: ChildOptions): Promise<Kernels> {
  const probe = async (ownKernel: boolean) => {
    try {
      return (await probeBlas(ownKernel, children)).kernel;
    } catch (error) {
      if (error instanceof SpectrapError && error.code === "BLAS_NOT_FOUND") return null;
      throw error;
    }
  };
  return { own: await probe(true), best: await probe(false) };
}

function answer(value: unknown): unknown {
  const { error } = value as { error?: { code: string; message: string } };
  if (error !== undefined) throw new SpectrapError(error.code, error.message);
  return value;
}

const pythons = new Map<string, Command>();

/** The first Python that can run the routine: whatever is first in the PATH before the system's. */
async function pythonCommand(routine: string): Promise<Command> {
  const known = pythons.get(routine);
  if (known !== undefined) return known;
  const script = peerFile("eigenvalues.py");
  const reasons: string[] = [];
  for (const program of ["python3", "/usr/bin/python3"]) {
    const command = { program, args: [script, routine] };
    try {
      answer(await runJson({ ...command, args: [...command.args, "version"] }));
      pythons.set(routine, command);
      return command;
    } catch (error) {
      if (!(error instanceof SpectrapError)) throw error;
      reasons.push(error.reason);
    }
  }
  throw notHere(reasons[0]!);
}

/** The program of a compiled contender, made anew when its source is newer. */
function compiledCommand(routine: string): Command {
  const source = peerFile(`${routine}.cpp`);
  const folder = fileURLToPath(new URL("../../build/bench/peers", import.meta.url));
  const program = join(folder, routine);
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(source).mtimeMs) {
    mkdirSync(folder, { recursive: true });
    const { compiler, flags } = BUILDS[routine]!;
    if (!inPath(compiler)) throw notHere(`there is no ${compiler} to compile it`);
    // This machine's instructions: what somebody who compiles it for himself would get.
    const args = ["-O3", "-march=native", "-std=c++17", source, "-o", program, ...flags()];
    try {
      execFileSync(compiler, args, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
    } catch (cause) {
      const { stderr = "" } = cause as { stderr?: string };
      const line = stderr.split("\n").find((text) => text.includes("error")) ?? "the compiler failed";
      throw notHere(line.trim());
    }
  }
  return { program, args: [] };
}

const BUILDS: Record<string, { compiler: string; flags: () => string[] }> = {
  eigen: { compiler: "g++", flags: () => ["-I/usr/include/eigen3", "-I/usr/local/include/eigen3"] },
  elpa: { compiler: "mpicxx", flags: () => [...pkgConfig("elpa"), "-lelpa"] },
};

/** Compiler flags of a library, as far as pkg-config knows it. */
function pkgConfig(name: string): string[] {
  try {
    const text = execFileSync("pkg-config", ["--cflags", name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.trim().split(/\s+/);
  } catch {
    return [];
  }
}

function peerFile(name: string): string {
  const file = join(peers, name);
  if (!existsSync(file))
    throw notHere("it needs a checkout of the repository: the package has no bench/peers");
  return file;
}

function notHere(reason: string): SpectrapError {
  return new SpectrapError("CONTENDER_NOT_AVAILABLE", reason);
}
