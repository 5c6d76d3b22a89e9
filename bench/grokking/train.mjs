// The trainings of bench:grokking: over seeds, and never twice.
import { runSeeds } from "../../dist/grokking/experiment/seeds.js";

/** Results of an experiment for seeds 0, 1, …; what its folder has already is not trained again. */
export async function trained(experiment, seeds, out) {
  const results = [];
  let shown = 0;
  const onProgress = ({ seed, step, steps, secondsRemaining }) => {
    if (Date.now() - shown < 30_000) return;
    shown = Date.now();
    const left = secondsRemaining === null ? "" : `, ${Math.round(secondsRemaining)} s to go`;
    console.error(`  seed ${seed}, step ${step} of ${steps}${left}`);
  };
  console.error(out);
  for await (const result of runSeeds(experiment, seeds, { out, resume: true, onProgress })) {
    results.push(result);
  }
  return results;
}
