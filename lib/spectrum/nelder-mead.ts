const EXPANSION = 2;
const CONTRACTION = 0.5;
const FIRST_STEP = 0.05;
const TOLERANCE = 1e-4;
const LIMIT = 200;

/**
 * Minimum of a function of one variable by the simplex method of Nelder and Mead (1965), in the variant and
 * with the defaults of scipy's `fmin`: start simplex x and 1.05 x, reflection 1, expansion 2, contractions and shrink ½,
 * the end when both ends agree to 1e-4 in x and in value, at most 200 evaluations.
 */
export function minimize(value: (x: number) => number, start: number): number {
  let evaluations = 0;
  const at = (x: number): { x: number; value: number } => {
    evaluations++;
    return { x, value: value(x) };
  };

  let ends = [at(start), at((1 + FIRST_STEP) * start)] as const;
  while (evaluations < LIMIT) {
    if (ends[1].value < ends[0].value) ends = [ends[1], ends[0]];
    const [best, worst] = ends;
    if (Math.abs(worst.x - best.x) <= TOLERANCE && Math.abs(best.value - worst.value) <= TOLERANCE) break;
    ends = [best, improved(best, worst, at)];
  }
  return ends[1].value < ends[0].value ? ends[1].x : ends[0].x;
}

type Point = { x: number; value: number };

/** The point that takes the place of the worse end. */
function improved(best: Point, worst: Point, at: (x: number) => Point): Point {
  const reflected = at(2 * best.x - worst.x);
  if (reflected.value < best.value) {
    const expanded = at((1 + EXPANSION) * best.x - EXPANSION * worst.x);
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < worst.value) {
    const outside = at((1 + CONTRACTION) * best.x - CONTRACTION * worst.x);
    if (outside.value <= reflected.value) return outside;
  } else {
    const inside = at((1 - CONTRACTION) * best.x + CONTRACTION * worst.x);
    if (inside.value < worst.value) return inside;
  }
  return at(best.x + CONTRACTION * (worst.x - best.x));
}
