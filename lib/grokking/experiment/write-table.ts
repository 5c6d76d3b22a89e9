import { type Table, toCsv, toMarkdown } from "../tables/table.ts";
import type { ExperimentFolder } from "./folder.ts";

/** Writes `tables/<name>.md` and `.csv`. Errors: OUT_WRITE. */
export async function writeTable(folder: ExperimentFolder, name: string, table: Table): Promise<void> {
  await folder.write(`tables/${name}.md`, toMarkdown(table));
  await folder.write(`tables/${name}.csv`, toCsv(table));
}
