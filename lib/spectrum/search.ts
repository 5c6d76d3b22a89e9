/** Index of the first of the ascending `values` that is above `limit`; their number if none is. */
export function firstAbove(values: Float64Array, limit: number): number {
  return firstWhere(values, (value) => value > limit);
}

/** Index of the first of the ascending `values` that is at least `limit`; their number if none is. */
export function firstFrom(values: Float64Array, limit: number): number {
  return firstWhere(values, (value) => value >= limit);
}

function firstWhere(values: Float64Array, holds: (value: number) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(values[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
