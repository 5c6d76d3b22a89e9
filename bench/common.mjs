// What the benchmark scripts share: where results go, tables, JSON lines.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCpuList } from "../dist/solver/machine.js";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Git ignores it; docs/performance.md is made of what lies there. */
export const resultsFolder = join(root, "bench", "results");

export function writeLines(name, records) {
  mkdirSync(resultsFolder, { recursive: true });
  const file = join(resultsFolder, name);
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  console.log(`\n${file}`);
}

/** Records of a file of JSON lines. */
export function readLines(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Rows of strings as an aligned table; the keys of the first are its head. Text left, numbers right. */
export function printTable(rows) {
  const heads = Object.keys(rows[0]);
  const cells = [heads, ...rows.map((row) => heads.map((head) => String(row[head])))];
  const width = heads.map((_, i) => Math.max(...cells.map((line) => [...line[i]].length)));
  const left = heads.map((head) => rows.some((row) => /^[a-z]/i.test(String(row[head]))));
  for (const line of cells) {
    const padded = line.map((cell, i) => {
      const space = " ".repeat(width[i] - [...cell].length);
      return left[i] ? cell + space : space + cell;
    });
    console.log(padded.join("  ").trimEnd());
  }
}

/** Rows of cells as a Markdown table; the keys of the first are its head. Columns of numbers to the right. */
export function markdownTable(rows) {
  const heads = Object.keys(rows[0]);
  const right = heads.map((head) => rows.every((row) => /^([-–\d]|$)/.test(String(row[head] ?? ""))));
  const lines = rows.map((row) => heads.map((head) => String(row[head] ?? "").replaceAll("|", "\\|")));
  const bar = heads.map((_, i) => (right[i] ? "--:" : "---"));
  const escaped = heads.map((head) => head.replaceAll("|", "\\|"));
  return [escaped, bar, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/**
 * CPUs to pin runs to, as `taskset -c` takes them: one, and two of different cores, of those this process may use. Null
 * where that cannot be known, or for `two` where there is one core only.
 */
export function pins() {
  const text = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");
  const allowed = /^Cpus_allowed_list:\s+(\S+)/m.exec(text("/proc/self/status"))?.[1];
  if (allowed === undefined) return { one: null, two: null };
  const cpus = parseCpuList(allowed).filter((cpu) => existsSync(`/sys/devices/system/cpu/cpu${cpu}`));
  const core = (cpu) => text(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`);
  const [first] = cpus;
  const second = cpus.find((cpu) => core(cpu) !== core(first));
  return { one: first, two: second === undefined ? null : `${first},${second}` };
}

/** "AMD EPYC, 2 cores, 24 GiB, linux-x64, Node v20.20.2". */
export function machineLine({ cpu, cores, memory, platform, node }) {
  return `${cpu}, ${cores} cores, ${Math.round(memory / 2 ** 30)} GiB, ${platform}, Node ${node}`;
}

/** The command as it was typed: "npm run bench:growth -- --rounds 1". */
export function commandLine(script) {
  const args = process.argv.slice(2);
  return args.length === 0 ? script : `${script} -- ${args.join(" ")}`;
}

/** Three significant digits. */
export function short(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(digits, 6));
}

/** Puts each text between its marks of a page, <!-- begin NAME --> and <!-- end NAME -->; null leaves what is there. */
export function writeSections(page, sections) {
  let text = readFileSync(page, "utf8");
  for (const [name, content] of Object.entries(sections)) {
    const block = new RegExp(`(<!-- begin ${name} -->\n)[\\s\\S]*?(<!-- end ${name} -->)`);
    if (content !== null) text = text.replace(block, (_, begin, end) => `${begin}\n${content}\n${end}`);
  }
  writeFileSync(page, text);
}
