import { SpectrapError } from "../../solver/error.ts";
import type { Examples } from "../examples.ts";
import { type IdxArray, readIdx } from "./idx.ts";

/** Pixels of one image: 256 × 256, beyond which a multilayer perceptron is no sensible network. */
const MAX_PIXELS = 65_536;
/** Numbers of one set: as float64 they take a gigabyte. */
const MAX_INPUTS = 2 ** 27;

/**
 * Images and labels of two IDX files, pixels divided by 255.
 *
 * @param classes labels lie below it.
 * @throws by rejection: SpectrapError `IDX_*` of docs/errors.md, and `CK_*` where a file cannot be read.
 */
export async function readIdxExamples(images: string, labels: string, classes = 10): Promise<Examples> {
  const { values: labelValues, shape: labelShape } = await readIdx(labels, 1);
  const { values, shape } = await readIdx(images, 3);
  const [count, rows, columns] = shape as [number, number, number];
  checkSize(shape, images);
  if (count !== labelShape[0]) {
    const reason = `has ${labelShape[0]} labels for the ${count} images of ${images}`;
    throw new SpectrapError("IDX_COUNT_MISMATCH", reason, { file: labels, hint: "give the pair of one set" });
  }
  checkLabels(labelValues, classes, labels);
  return {
    count,
    width: rows * columns,
    classes,
    inputs: Float64Array.from(values, (value) => value / 255),
    labels: Uint32Array.from(labelValues),
  };
}

function checkSize(shape: IdxArray["shape"], file: string): void {
  const [count, rows, columns] = shape as [number, number, number];
  const pixels = rows * columns;
  if (pixels <= MAX_PIXELS && pixels * count <= MAX_INPUTS) return;
  const reason = `holds ${count} images of ${rows} × ${columns}; up to ${MAX_PIXELS} pixels each and ${MAX_INPUTS} in all are read`;
  throw new SpectrapError("IDX_LIMIT", reason, { file, hint: "give a smaller set" });
}

function checkLabels(labels: Uint8Array, classes: number, file: string): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong < 0) return;
  const reason = `label ${wrong} is ${labels[wrong]}, with ${classes} classes the largest is ${classes - 1}`;
  throw new SpectrapError("IDX_LABEL_RANGE", reason, {
    file,
    hint: "give the number of classes of this set",
  });
}
