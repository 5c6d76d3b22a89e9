// What the stages of the pipeline have to do for a problem, in operations or bytes, and the ceiling that bounds it.

/** Adds up over problems; `byStage[stage]` = { amount, unit, ceiling }. The stages that are bound by latency have none. */
export class StageWork {
  byStage = {};

  add({ matrix, replicas, precision }) {
    const { rows, cols, taps } = matrix;
    const N = Math.max(rows, cols);
    const M = Math.min(rows, cols);
    const spectra = taps * (1 + replicas);
    const bytes = storedBytes(matrix.source);
    const fma = precision === "single" ? "fma_f32" : "fma_f64";
    this.#count("moments", bytes, "GB/s", "read");
    if (replicas > 0) this.#count("shuffle", replicas * bytes, "GB/s", "read");
    this.#count("gram", spectra * N * M ** 2, "GFLOP/s", fma);
    this.#count("reduce", spectra * (4 / 3) * M ** 3, "GFLOP/s", fma);
  }

  #count(stage, amount, unit, ceiling) {
    this.byStage[stage] ??= { amount: 0, unit, ceiling };
    this.byStage[stage].amount += amount;
  }
}

/** Of a matrix in a file; of one in memory those of its values. */
function storedBytes(source) {
  if (source.values !== undefined) return source.values.byteLength;
  const ranges = [source.bytes, source.blocks, source.scales].filter((range) => range !== undefined);
  return ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
}
