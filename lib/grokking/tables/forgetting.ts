import { plain } from "../../report/figures/ticks.ts";
import type { Forgetting, Forgotten } from "../anatomy/forgetting.ts";
import { numberColumn, type Table } from "./table.ts";

/** Examples forgotten since the peak: of all, by their margin there, and of each class that was known. */
export function forgettingTable(title: string, found: Forgetting): Table {
  const rows: (Forgotten & { examples: string; takenFor: number | null })[] = [
    { ...found, examples: "all", takenFor: null },
    ...found.byMargin.map((group) => ({
      ...group,
      examples: `margin ${plain(group.from)} to ${plain(group.to)}`,
      takenFor: null,
    })),
    ...found.perClass
      .map((group, k) => ({ ...group, examples: `class ${k}`, takenFor: found.takenFor[k]! }))
      .filter(({ right, takenFor }) => right > 0 || takenFor > 0),
  ];
  const number = (header: string, key: "right" | "forgotten" | "share" | "takenFor") =>
    numberColumn(
      header,
      rows.map((row) => row[key]),
      plain,
    );
  return {
    title: `${title} (${found.learned} learned since)`,
    columns: [
      { kind: "text", header: "test examples", cells: rows.map(({ examples }) => examples) },
      number("right at the peak", "right"),
      number("forgotten", "forgotten"),
      number("share", "share"),
      number("forgotten ones taken for it", "takenFor"),
    ],
  };
}
