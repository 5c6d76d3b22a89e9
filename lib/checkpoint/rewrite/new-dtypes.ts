import { SpectrapError } from "../../solver/error.ts";
import type { ConvertedStack } from "./pieces.ts";

/**
 * The text of dtypes.json, which in OpenAI's own release says what each tensor is made of, after its stacks were converted:
 * codes become BF16 under the name of the floats, exponents go. Errors: CK_CONFIG_INVALID.
 */
export function newDtypes(text: string, file: string, converted: readonly ConvertedStack[]): string {
  let dtypes: unknown;
  try {
    dtypes = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, cause);
  }
  if (typeof dtypes !== "object" || dtypes === null || Array.isArray(dtypes)) throw invalid(file);
  const names = new Map(converted.map(({ blocks, name }) => [blocks, name]));
  const gone = new Set(converted.map(({ scales }) => scales));
  const entries = Object.entries(dtypes).flatMap(([tensor, dtype]) => {
    if (gone.has(tensor)) return [];
    const name = names.get(tensor);
    return [name === undefined ? [tensor, dtype] : [name, "BF16"]];
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function invalid(file: string, cause?: unknown): SpectrapError {
  const hint = "repair it, or leave it out: it says that the experts are MXFP4, which they will no longer be";
  return new SpectrapError("CK_CONFIG_INVALID", "is not a JSON object", { file, cause, hint });
}
