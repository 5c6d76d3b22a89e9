import { execFileSync, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Where the machine says what npm installs from and keeps; everything else of a running npm stays out. */
const npmSettings = [
  "npm_config_cache",
  "npm_config_registry",
  "npm_config_userconfig",
  "npm_config_globalconfig",
];

function environment(): NodeJS.ProcessEnv {
  const foreign = /^(npm_|SPECTRAP_|PREBUILD|NODE_ENV$|INIT_CWD$)/;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => npmSettings.includes(name) || !foreign.test(name)),
  );
}

/** Path of a program that is installed here. */
export function program(name: string): string {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const folder = folders.find((folder) => existsSync(join(folder, name)));
  if (folder === undefined) throw new Error(`${name} is not installed`);
  return join(folder, name);
}

/** An empty npm project on a machine that has Node, npm and a shell, and no other program in its PATH. */
export class CleanFolder {
  readonly path: string;
  readonly #tools: string;

  constructor(scratch: string) {
    this.path = join(scratch, "project");
    this.#tools = join(scratch, "bin");
    for (const folder of [this.path, this.#tools]) mkdirSync(folder);
    for (const name of ["npm", "npx", "sh"])
      symlinkSync(realpathSync(program(name)), join(this.#tools, name));
    symlinkSync(process.execPath, join(this.#tools, "node"));
    // Otherwise npm would look for a project in the folders above.
    writeFileSync(join(this.path, "package.json"), '{ "private": true }\n');
  }

  run(command: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
    return this.#spawn(command, { ...environment(), PATH: this.#tools, ...env });
  }

  /** With the PATH of the machine: what a person does who wants to build. */
  runWithTools(command: readonly string[]): SpawnSyncReturns<string> {
    return this.#spawn(command, environment());
  }

  /** As if no BLAS were installed, where the system allows to hide it; else by naming one that is not there. */
  runWithoutBlas(command: readonly string[]): SpawnSyncReturns<string> {
    const hidden = hideBlas(dirname(this.path));
    if (hidden === undefined) return this.run(command, { SPECTRAP_BLAS: "/nowhere/libnone.so" });
    return this.run([...hidden, ...command]);
  }

  #spawn([file, ...args]: readonly string[], env: NodeJS.ProcessEnv): SpawnSyncReturns<string> {
    return spawnSync(file!, args, { cwd: this.path, env, encoding: "utf8" });
  }
}

/** `npm pack` in a folder, as a person types it; returns the tarball. */
export function pack(folder: string, destination: string): string {
  const output = execFileSync(program("npm"), ["pack", "--silent", "--pack-destination", destination], {
    cwd: folder,
    env: environment(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return join(destination, output.trimEnd().split("\n").at(-1)!);
}

/** The beginning of a command that sees an empty folder wherever a BLAS or LAPACK lies. */
function hideBlas(scratch: string): string[] | undefined {
  const folders = blasFolders();
  const empty = join(scratch, "empty");
  mkdirSync(empty, { recursive: true });
  const unshare = [program("unshare"), "--mount", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];
  const mounts = folders.map((folder) => `${program("mount")} --bind '${empty}' '${folder}' &&`);
  const prefix = [...unshare, "/bin/sh", "-c", `${mounts.join(" ")} exec "$@"`, "sh"];
  const [file, ...args] = [...prefix, "/bin/sh", "-c", ":"];
  const shared = folders.some((folder) => existsSync(join(folder, "libc.so.6")));
  return shared || spawnSync(file!, args).status !== 0 ? undefined : prefix;
}

function blasFolders(): string[] {
  const cache = execFileSync(program("ldconfig"), ["-p"], { encoding: "utf8" });
  const files = [...cache.matchAll(/^\tlib(?:openblas|lapack|blas)\b.* => (.+)$/gm)].map(([, file]) => file!);
  return [...new Set(files.filter((file) => existsSync(file)).map((file) => dirname(realpathSync(file))))];
}
