import { readFileSync } from "node:fs";

/** The codes of one kind that docs/errors.md lists: all of them should be reached. */
export function codesOf(kind) {
  const text = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const codes = text.match(new RegExp(`^\\| \`${kind}_[A-Z0-9_]+\``, "gm")).map((cell) => cell.slice(3, -1));
  return Object.fromEntries(codes.map((code) => [code, ""]));
}
