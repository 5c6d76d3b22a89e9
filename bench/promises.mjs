// npm run check:promises
//
// Whether the promises of docs/method.md are kept at real size: eigenvalues, alpha and the tail of every kind of weights
// in lib/bench/promises.ts, of each and of its shuffled copy, beside those of a float64 Gram matrix and LAPACK
// (--precision reference), or with --svd beside float64 singular values of scipy. MXFP4 and BF16 are read from files.
// Ends with 1 if a promise was missed. Options: --shapes 5760x2880,…  --kinds gauss,…  --svd  --quick (small shapes).
// Needs 2 GB and, on two AVX2 cores, about half an hour; with --svd more.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { judge, PROMISED, promisedWeights } from "../dist/bench/promises.js";
import { machine } from "../dist/solver/machine.js";
import { openSolver } from "../dist/solver/open.js";
import { shuffle, shuffleKey } from "../dist/spectrum/index.js";
import { machineLine, printTable, writeLines } from "./common.mjs";
import { encodeMatrixFile, matrixInFile } from "./matrix-file.mjs";

const { values: args } = parseArgs({
  options: {
    shapes: { type: "string" },
    kinds: { type: "string", default: Object.keys(PROMISED).join() },
    svd: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
  },
});
const seed = 0;
// GPT-OSS: an expert's gate and up, square, and the embedding at an eighth of its sides; wide as the attention's output.
const shapes = args.shapes ?? (args.quick ? "320x160,160x320" : "5760x2880,2880x2880,2880x4096,25136x360");
const encodings = {
  mxfp4: "MXFP4",
  "heavy-mxfp4": "MXFP4",
  bf16: "BF16",
  "heavy-bf16": "BF16",
  student: "BF16",
  mean: "BF16",
  equal: "BF16",
};

const native = openSolver({ solver: "native" });
const lapack = openSolver({ solver: "lapack", threads: 1 });
const common = { schema: "spectrap-bench-promise/1", kernel: native.kernel, machine: machine() };
const folder = mkdtempSync(join(tmpdir(), "spectrap-promises-"));
const records = [];
try {
  console.log(`${machineLine(common.machine)}, ${native.kernel}`);
  for (const shape of shapes.split(",")) {
    const [rows, cols] = shape.split("x").map(Number);
    for (const kind of args.kinds.split(",")) {
      if (!(kind in PROMISED))
        throw new Error(`no kind ${kind}; there are ${Object.keys(PROMISED).join(", ")}`);
      await check(kind, rows, cols);
    }
  }
} finally {
  native.close();
  lapack.close();
  rmSync(folder, { recursive: true });
}
printTable(records.map(tableRow));
writeLines("promises.jsonl", records);
const missed = records.filter((record) => record.missed.length > 0);
for (const { kind, copy, rows, cols, asked, missed: what } of missed) {
  console.log(`missed: ${kind}, ${copy}, ${rows} × ${cols}, ${asked}: ${what.join("; ")}`);
}
console.log(missed.length === 0 ? "every promise was kept" : `${missed.length} of ${records.length} missed`);
process.exitCode = missed.length === 0 ? 0 : 1;

/** Adds a record for each precision, of the matrix and of its shuffled copy. */
async function check(kind, rows, cols) {
  const before = records.length;
  const values = promisedWeights(kind, { n: cols, rows, seed });
  const matrix = described(kind, rows, cols, values);
  const exact = args.svd ? singularValues(values, matrix) : await solve(lapack, matrix, "reference");
  for (const asked of ["double", "single"]) {
    const computed = await solve(native, matrix, asked);
    for (const copy of ["stored", "shuffled"]) {
      const { precision, promise } = computed;
      const N = Math.max(rows, cols);
      const judgement = judge({ N, eigenvalues: computed[copy], precision, promise }, exact[copy]);
      if (precision === "double" && promise > PROMISED[kind])
        judgement.missed.push(`promises only ${promise}`);
      if (precision === "single" && promise !== 1e-5) judgement.missed.push(`promises ${promise}`);
      records.push({ ...common, kind, copy, rows, cols, asked, precision, promise, ...judgement });
    }
  }
  const found = records.slice(before);
  const worst = (asked) =>
    Math.max(...found.filter((r) => r.asked === asked).map(({ error }) => error)).toExponential(1);
  const verdict = found.every(({ missed }) => missed.length === 0) ? "met" : "missed";
  console.error(
    `${kind} ${rows} × ${cols}: double ${worst("double")}, single ${worst("single")}, ${verdict}`,
  );
}

async function solve(solver, matrix, asked) {
  const { taps, precision, promise } = await solver.solve({ matrix, precision: asked, seed, replicas: 1 });
  return { stored: taps[0].eigenvalues, shuffled: taps[0].shuffled[0], precision, promise };
}

/** In a file as stored weights are, or in memory. */
function described(kind, rows, cols, values) {
  const encoding = encodings[kind];
  if (encoding !== undefined && (encoding !== "MXFP4" || cols % 32 === 0)) {
    const file = join(folder, "matrix");
    encodeMatrixFile(file, encoding, values);
    return { ...matrixInFile(file, { encoding, rows, cols }), name: kind };
  }
  const source = { encoding: values instanceof Float64Array ? "F64" : "F32", values };
  return { name: kind, tensor: kind, role: "dense", layer: null, expert: null, rows, cols, taps: 1, source };
}

function singularValues(values, { name, rows, cols }) {
  const squares = (entries) => {
    const [input, output] = ["weights", "values"].map((file) => join(folder, file));
    writeFileSync(input, Float64Array.from(entries));
    const program =
      "import sys, numpy, scipy.linalg as l; _, i, o, r, c = sys.argv; w = numpy.fromfile(i).reshape(int(r), int(c)); " +
      "(numpy.sort(l.svd(w, compute_uv=False)) ** 2).tofile(o)";
    const { status, stderr } = spawnSync("python3", ["-c", program, input, output, rows, cols].map(String), {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`scipy did not answer: ${stderr}`);
    return new Float64Array(Uint8Array.from(readFileSync(output)).buffer);
  };
  return { stored: squares(values), shuffled: squares(shuffle(values, shuffleKey(seed, name))) };
}

function tableRow({ kind, copy, rows, cols, asked, precision, promise, error, fit, missed }) {
  return {
    kind,
    copy,
    shape: `${rows} × ${cols}`,
    precision: precision === asked ? asked : `${precision}, asked ${asked}`,
    "|Δλ|/λmax": error.toExponential(1),
    promise: promise.toExponential(0),
    "|Δalpha|": fit === null ? "–" : fit.deltaAlpha.toExponential(1),
    tail: fit === null ? "ambiguous" : fit.sameTail ? "same" : "another",
    verdict: missed.length === 0 ? "met" : "missed",
  };
}
