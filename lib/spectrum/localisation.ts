/** How a unit vector is spread over its components. */
export interface Localisation {
  /** Inverse participation ratio Σv⁴: 1 for a single component, about 3/n for a random direction. */
  ipr: number;
  /** 1/Σv⁴: the number of components that take part. */
  participation: number;
  /** Index of the component of largest magnitude. */
  peak: number;
  /** Its square. */
  peakMass: number;
  /** (Σv)²/n: the square of the component along the constant vector. */
  constant: number;
}

/** @param vector of norm 1, at least one component. */
export function localisation(vector: Float64Array): Localisation {
  let ipr = 0;
  let sum = 0;
  let peak = 0;
  for (let i = 0; i < vector.length; i++) {
    const mass = vector[i]! ** 2;
    ipr += mass * mass;
    sum += vector[i]!;
    if (mass > vector[peak]! ** 2) peak = i;
  }
  return {
    ipr,
    participation: 1 / ipr,
    peak,
    peakMass: vector[peak]! ** 2,
    constant: sum ** 2 / vector.length,
  };
}
