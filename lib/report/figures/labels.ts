/**
 * Positions as close to those wished for as can be, at least `gap` apart and within [low, high], in the order given
 * by the wishes. More labels than fit stand at an equal, smaller distance.
 */
export function spread(wishes: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wishes.map((_, index) => index).sort((a, b) => wishes[a]! - wishes[b]! || a - b);
  const step = Math.min(gap, wishes.length > 1 ? (high - low) / (wishes.length - 1) : gap);
  const placed: number[] = [];
  for (const [rank, index] of order.entries()) {
    const least = rank === 0 ? low : placed[rank - 1]! + step;
    placed.push(Math.max(least, wishes[index]!));
  }
  for (let rank = placed.length - 1, most = high; rank >= 0; rank--, most -= step)
    placed[rank] = Math.min(placed[rank]!, most);
  const positions: number[] = [];
  for (const [rank, index] of order.entries()) positions[index] = placed[rank]!;
  return positions;
}
