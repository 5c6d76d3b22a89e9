/** npm packages: installed when node_modules is not what package-lock.json says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run.mjs";

export function ensureDependencies(say) {
  const wanted = lockedVersions("package-lock.json");
  const present = lockedVersions("node_modules/.package-lock.json");
  if (wanted.every(([name, version]) => present.some(([n, v]) => n === name && v === version)))
    return "all there";
  say("npm ci");
  run("npm", ["ci", "--no-audit", "--no-fund"]);
  return "installed";
}

/**
 * [folder, version] of each package that every platform gets. npm writes its own record into node_modules when an
 * installation is complete, so an interrupted one leaves no record and is done again.
 */
function lockedVersions(file) {
  let lock;
  try {
    lock = JSON.parse(readFileSync(join(root, file), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return Object.entries(lock.packages)
    .filter(([folder, entry]) => folder !== "" && !entry.optional)
    .map(([folder, entry]) => [folder, entry.version]);
}
