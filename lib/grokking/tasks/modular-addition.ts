import { permutation, shuffleKey } from "../../spectrum/index.ts";
import type { Examples } from "../examples.ts";
import { pick, type Task } from "./task.ts";

/** Pairs are numbered by the permutation below 2^32; the parameter is far below that in every experiment. */
const LARGEST_MODULUS = 4096;

/** All p² pairs in the order of x·p + y: tokens [x, y, p], where p is the sign "=", and the label (x + y) mod p. */
export function modularAdditionTable(p: number): Examples {
  if (!Number.isInteger(p) || p < 2 || p > LARGEST_MODULUS) {
    throw new RangeError(`the modulus is a whole number from 2 to ${LARGEST_MODULUS}, received ${p}`);
  }
  const count = p * p;
  const inputs = new Float64Array(3 * count);
  const labels = new Uint32Array(count);
  for (let pair = 0; pair < count; pair++) {
    const x = Math.floor(pair / p);
    const y = pair % p;
    inputs.set([x, y, p], 3 * pair);
    labels[pair] = (x + y) % p;
  }
  return { count, width: 3, classes: p, inputs, labels };
}

/**
 * Addition modulo p, the nearest whole number to trainFraction·p² of the pairs for training and the others for the test; which
 * is a function of p and seed.
 *
 * @throws RangeError if a side would be empty.
 */
export function modularAddition(p: number, trainFraction: number, seed: number): Task {
  const table = modularAdditionTable(p);
  const train = Math.round(trainFraction * table.count);
  if (!(train >= 1 && train < table.count)) {
    throw new RangeError(
      `a train fraction of ${trainFraction} leaves one side of ${table.count} pairs empty`,
    );
  }
  const order = permutation(shuffleKey(seed, `grokking\0modular addition ${p}`), table.count);
  return { train: pick(table, order.subarray(0, train)), test: pick(table, order.subarray(train)) };
}
