// One edit in a process of its own: `node bench/edit-run.mjs CHECKPOINT MATRIX EDIT OUT THREADS`, EDIT as JSON. Prints one JSON
// object with wall and CPU seconds of writing the edited checkpoint, without the analyses before and after, and peak memory.
import { weightMatrices } from "../dist/checkpoint/matrices.js";
import { openCheckpoint } from "../dist/checkpoint/open.js";
import { editCheckpoint } from "../dist/index.js";

const [location, name, edit, out, threads] = process.argv.slice(2);
const checkpoint = await openCheckpoint(location);
const matrix = weightMatrices(checkpoint).matrices.find((one) => one.name === name);
const edits = [{ matrix, edits: [JSON.parse(edit)] }];

const start = performance.now();
const before = process.cpuUsage();
await editCheckpoint(checkpoint, edits, out, { threads: Number(threads) });
const { user, system } = process.cpuUsage(before);
const record = {
  seconds: (performance.now() - start) / 1000,
  cpu_seconds: (user + system) / 1e6,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(`${JSON.stringify(record)}\n`);
