// The speed that is promised, and what it is measured by: "must", "goal" and "stretch" of the project's plan.

/** Every target by the name its measurement has. `atMost`: smaller is better. */
export const targets = [
  {
    name: "double-2880",
    text: "n = 2880, double over dsyevd, one core",
    unit: "×",
    must: 2.9,
    goal: 3.2,
    stretch: 4,
  },
  {
    name: "single-2880",
    text: "n = 2880, single over ssyevd, one core",
    unit: "×",
    must: 2.6,
    goal: 2.8,
    stretch: 3.5,
  },
  { name: "double-1024", text: "n = 1024, double over dsyevd, one core", unit: "×", must: 1.8, goal: 1.9 },
  { name: "double-4096", text: "n = 4096, double over dsyevd, one core", unit: "×", must: 3.3, goal: 3.6 },
  { name: "gram", text: "Gram 5760×2880 of MXFP4 over dsyrk", unit: "×", must: 3.7, goal: 4.2, stretch: 5.5 },
  {
    name: "floor-double",
    text: "5760×2880 to spectrum, double, two cores",
    unit: "% of floor",
    must: 58,
    goal: 61,
    stretch: 75,
  },
  {
    name: "floor-single",
    text: "5760×2880 to spectrum, single, two cores",
    unit: "% of floor",
    must: 60,
    goal: 64,
    stretch: 80,
  },
  {
    name: "svd-double",
    text: "the same over scipy.linalg.svd, double",
    unit: "×",
    must: 13,
    goal: 14,
    stretch: 18,
  },
  {
    name: "svd-single",
    text: "the same over scipy.linalg.svd, single",
    unit: "×",
    must: 21,
    goal: 23,
    stretch: 30,
  },
  { name: "throughput", text: "throughput of two cores over one", unit: "×", must: 1.65, goal: 1.75 },
  {
    name: "shuffle",
    text: "shuffle of 5760×2880 in 16 bits",
    unit: "ms",
    must: 120,
    goal: 80,
    stretch: 40,
    atMost: true,
  },
];

/** The best of the three that `value` reaches, or "missed". */
export function verdict({ must, goal, stretch, atMost = false }, value) {
  const reached = (limit) => limit !== undefined && (atMost ? value <= limit : value >= limit);
  if (reached(stretch)) return "stretch";
  if (reached(goal)) return "goal";
  return reached(must) ? "must" : "missed";
}
