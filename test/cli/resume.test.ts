import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { synthesize } from "../../lib/checkpoint/synth/synthesize.ts";
import { compile, type Finished, finished, root, spectrap, start } from "../helpers/command.ts";
import { finalFiles, journaledOrders } from "../helpers/run-folder.ts";

const scratch = mkdtempSync(join(tmpdir(), "spectrap-resume-"));
const checkpoint = join(scratch, "checkpoint");
const reference = join(scratch, "reference");
const MATRICES = 2 * (5 + 3 * 4) + 2;

const command = (out: string, ...args: string[]) => [
  "dist/cli/main.js",
  "analyze",
  checkpoint,
  "--save-spectra",
  "--out",
  out,
  "--quiet",
  ...args,
];

beforeAll(async () => {
  compile();
  await synthesize(checkpoint, { layers: 2, experts: 4, hidden: 384, intermediate: 384, vocab: 1024 });
  expect((await finished(start(command(reference, "--threads", "1")))).code).toBe(0);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function expectSameAsReference(out: string): void {
  expect(finalFiles(out)).toEqual(finalFiles(reference));
  const orders = journaledOrders(out).map(Number);
  expect(orders.sort((a, b) => a - b)).toEqual([...Array(MATRICES).keys()]);
}

/** Numbers in [0, 1), the same in every run of the tests (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("kill -9", () => {
  test("at 50 random moments loses nothing and does nothing twice", { timeout: 300_000 }, async () => {
    const random = randomNumbers(20261125);
    let kills = 0;
    let torn = 0;
    // On a busy machine few kills meet a journal that can be torn: there are more of them then.
    for (let runs = 0; kills < 50 || torn <= 5; runs++) {
      const out = join(scratch, `killed-${runs}`);
      for (let done = false; !done; ) {
        const threads = random() < 0.5 ? "1" : "2";
        const child = start(command(out, "--resume", "--threads", threads));
        const end = finished(child);
        // Half of the sessions die at any moment, half right when the journal grows.
        if (random() < 0.5) await Promise.race([end, wait(150 + 700 * random())]);
        else await Promise.race([end, journalGrows(out, Math.floor(30 * random()))]);
        child.kill("SIGKILL");
        const { signal, code, stderr } = await end;
        done = signal === null;
        if (done) expect([code, stderr]).toEqual([0, ""]);
        else kills++;
        // What a kill in the middle of a write leaves: the record's first bytes, or those of the next one.
        // Once the part is gone the run had ended, and its last record was on the disk before that.
        const ended = !existsSync(join(out, "spectra.part"));
        if (!done && !ended && kills % 2 === 0 && tear(join(out, "journal.jsonl"), random)) torn++;
      }
      expectSameAsReference(out);
      rmSync(out, { recursive: true });
    }
    expect(torn).toBeGreaterThan(5);
  });

  async function journalGrows(out: string, times: number): Promise<void> {
    const size = () =>
      existsSync(join(out, "journal.jsonl")) ? statSync(join(out, "journal.jsonl")).size : 0;
    let [seen, before] = [0, size()];
    for (const deadline = Date.now() + 5000; seen <= times && Date.now() < deadline; ) {
      await wait(1);
      const now = size();
      if (now > before) seen++;
      before = now;
    }
  }

  function tear(journal: string, random: () => number): boolean {
    if (!existsSync(journal) || statSync(journal).size < 1000) return false;
    if (random() < 0.5) truncateSync(journal, statSync(journal).size - 1 - Math.floor(400 * random()));
    else
      appendFileSync(journal, '01234567 {"kind":"matrix","order":'.slice(0, 1 + Math.floor(30 * random())));
    return true;
  }
});

describe("a disk that is full", () => {
  const outOfSpace = (end: Finished) => {
    expect([end.code, end.signal]).toEqual([2, null]);
    expect(end.stderr).toMatch(/^spectrap: OUT_WRITE: .*(--resume)/);
  };

  test("by a limit of the file size: what was finished is kept, and the run goes on with more room", async () => {
    const out = join(scratch, "limited");
    // The shell's unit is 1024 bytes. The signal would end the process; without it the write fails.
    const limited = ["-c", `trap '' XFSZ; ulimit -f 60; exec "$0" "$@"`, process.execPath, ...command(out)];
    let stderr = "";
    let code = 0;
    try {
      execFileSync("bash", limited, { cwd: root, stdio: "pipe" });
    } catch (error) {
      stderr = String((error as { stderr: Buffer }).stderr);
      code = (error as { status: number }).status;
    }
    outOfSpace({ code, signal: null, stdout: "", stderr });
    const kept = journaledOrders(out).length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(MATRICES);
    expect((await finished(start(command(out, "--resume")))).code).toBe(0);
    expectSameAsReference(out);
  });

  const mounted = join(scratch, "small");
  const canMount = (() => {
    mkdirSync(mounted, { recursive: true });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=200k", "tmpfs", mounted], { stdio: "ignore" });
      return true;
    } catch {
      return false; // needs root, and a container that allows it
    }
  })();
  afterAll(() => {
    if (canMount) execFileSync("umount", ["-l", mounted]);
  });

  test.skipIf(!canMount)("by a small file system", async () => {
    const out = join(mounted, "run");
    outOfSpace(await finished(start(command(out))));
    expect(journaledOrders(out).length).toBeGreaterThan(0);
    outOfSpace(await finished(start(command(out, "--resume"))));
    execFileSync("mount", ["-o", "remount,size=8m", mounted]);
    expect((await finished(start(command(out, "--resume")))).code).toBe(0);
    expectSameAsReference(out);
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("%s: exit code 130, and the run can be resumed", async (signal) => {
  const out = join(scratch, signal);
  const args = command(out, "--format", "json", "--threads", "1").filter((arg) => arg !== "--quiet");
  const child = start(args);
  child.stdout!.once("data", () => child.kill(signal));
  const { code, stdout, stderr } = await finished(child);
  expect(code).toBe(130);
  expect(stderr).toContain(`go on with --resume --out ${out}`);
  expect(stderr).toMatch(/^interrupted$/m);
  const given = stdout.trimEnd().split("\n").length;
  expect(given).toBeLessThan(MATRICES);
  expect(journaledOrders(out).length).toBeGreaterThanOrEqual(given);

  const resumed = await finished(start([...args, "--resume"]));
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toMatch(new RegExp(`^resumed: \\d+ of ${MATRICES} matrices were there$`, "m"));
  expect(resumed.stdout.trimEnd().split("\n")).toHaveLength(MATRICES);
  expect(resumed.stdout.startsWith(stdout)).toBe(true);
  expectSameAsReference(out);
});

test("a second process on the same folder is refused, and disturbs nothing", async () => {
  const out = join(scratch, "shared");
  const first = start([...command(out, "--threads", "1"), "--format", "json"]);
  const end = finished(first);
  await new Promise((resolve) => first.stdout!.once("data", resolve));
  first.kill("SIGSTOP"); // so that it is not done before the others have tried
  for (const resume of [[], ["--resume"]]) {
    const { code, stdout, stderr } = await spectrap(command(out, ...resume).slice(1));
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("RUN_LOCKED");
  }
  first.kill("SIGCONT");
  expect((await end).code).toBe(0);
  expectSameAsReference(out);
});

test("an existing run without --resume, and other options with it, end with exit code 2", async () => {
  for (const [args, code] of [
    [[], "RUN_EXISTS"],
    [["--resume", "--seed", "1"], "RUN_DIFFERS"],
  ] as const) {
    const end = await spectrap(command(reference, ...args).slice(1));
    expect([end.code, end.stdout]).toEqual([2, ""]);
    expect(end.stderr).toContain(code);
  }
  const resumed = await spectrap(command(reference, "--resume", "--memory", "1", "--format", "csv").slice(1));
  expect([resumed.code, resumed.stderr]).toEqual([0, ""]);
});
