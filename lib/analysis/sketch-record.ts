import { gunzipSync, gzipSync } from "node:zlib";
import { sides, type WeightMatrix } from "../solver/matrix.ts";
import type { MatrixSpectra } from "../solver/solver.ts";
import { pooledEigenvalues, type Sketch, sketchSpectra } from "../spectrum/index.ts";
import { eigenvalueScale } from "./eigenvalue-scale.ts";

/** A line of `sketches.jsonl.gz`. */
export interface SketchRecord extends Sketch {
  name: string;
  N: number;
  M: number;
}

/** The sketch of a matrix in the units of its columns: taps pooled, those of a convolution scaled. */
export function sketchRecord(matrix: WeightMatrix, { taps, promise }: MatrixSpectra): SketchRecord {
  const scale = eigenvalueScale(matrix);
  const pooled = (spectra: readonly Float64Array[]) => pooledEigenvalues(spectra, scale);
  const shuffled = taps.every((tap) => tap.shuffled.length > 0)
    ? pooled(taps.map((tap) => tap.shuffled[0]!))
    : null;
  const sketch = sketchSpectra(pooled(taps.map(({ eigenvalues }) => eigenvalues)), shuffled, promise);
  return { name: matrix.name, ...sides(matrix), ...sketch };
}

/**
 * One line, compressed by itself: members of a gzip file may simply stand one after the other, so the file of a run is
 * made of the journal's pieces without compressing anything again, and has the same bytes however often the run was
 * interrupted.
 */
export function packSketch(record: SketchRecord): Buffer {
  return gzipSync(`${JSON.stringify(record)}\n`, { level: 9 });
}

/** The sketches of a `sketches.jsonl.gz`, in plan order; matrices that failed have none. */
export function unpackSketches(file: Uint8Array): SketchRecord[] {
  if (file.length === 0) return [];
  return gunzipSync(file)
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as SketchRecord);
}
