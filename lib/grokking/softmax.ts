/** ln Σ exp, without overflow. */
export function logSumExp(row: Float64Array): number {
  const most = largest(row);
  let sum = 0;
  for (const value of row) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

/** exp(x)/Σ exp, without overflow. */
export function softmax(row: Float64Array): Float64Array {
  const most = largest(row);
  const powers = row.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function largest(row: Float64Array): number {
  return row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
