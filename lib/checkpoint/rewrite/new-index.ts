import type { ConvertedStack } from "./pieces.ts";

/**
 * The text of an index (already checked by the reader) after its stacks were converted: codes get the name of the floats,
 * exponents go, and the sum is that of the new payload. Whatever else it says stays.
 */
export function newIndex(text: string, converted: readonly ConvertedStack[], payload: number): string {
  const index = JSON.parse(text) as { metadata?: object; weight_map: Record<string, string> };
  const names = new Map(converted.map(({ blocks, name }) => [blocks, name]));
  const gone = new Set(converted.map(({ scales }) => scales));
  const entries = Object.entries(index.weight_map).filter(([tensor]) => !gone.has(tensor));
  return `${JSON.stringify(
    {
      ...index,
      metadata: { ...index.metadata, total_size: payload },
      weight_map: Object.fromEntries(entries.map(([tensor, file]) => [names.get(tensor) ?? tensor, file])),
    },
    null,
    2,
  )}\n`;
}
