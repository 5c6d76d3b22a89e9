import { SpectrapError } from "../../solver/error.ts";
import { permutation, shuffleKey } from "../../spectrum/index.ts";
import type { Examples } from "../examples.ts";
import { pick } from "./task.ts";

/**
 * Exactly `perClass` examples of every class, drawn without replacement, in random order; a function of seed and examples.
 *
 * @throws SpectrapError `TASK_CLASS_TOO_SMALL` where a class has fewer; RangeError unless `perClass` is a whole number above 0.
 */
export function stratifiedSubset(examples: Examples, perClass: number, seed: number): Examples {
  if (!Number.isInteger(perClass) || perClass < 1) {
    throw new RangeError(`a subset needs a whole number of examples per class, received ${perClass}`);
  }
  const room = new Uint32Array(examples.classes).fill(perClass);
  const chosen = permutation(shuffleKey(seed, "grokking\0subset"), examples.count).filter((example) => {
    const label = examples.labels[example]!;
    if (room[label] === 0) return false;
    room[label]!--;
    return true;
  });
  const short = room.findIndex((left) => left > 0);
  if (short >= 0) {
    const reason = `class ${short} has ${perClass - room[short]!} examples, ${perClass} were asked for`;
    throw new SpectrapError("TASK_CLASS_TOO_SMALL", reason, { hint: "ask for fewer examples per class" });
  }
  return pick(examples, chosen);
}
