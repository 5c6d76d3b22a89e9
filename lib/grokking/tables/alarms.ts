import { median } from "../../spectrum/median.ts";
import type { Alarm } from "../signals/alarm.ts";
import type { Table } from "./table.ts";

/**
 * When signals leave the range of health, the earliest first: how many of the runs they leave it in, and their median step there over that at which
 * the collapse of the run begins: below 1 they are early.
 *
 * @param begins step at which the collapse of each run begins.
 */
export function alarmTable(title: string, alarms: readonly Alarm[], begins: readonly number[]): Table {
  const rows = alarms
    .map((one) => ({ ...one, leads: leads(one, begins) }))
    .map((one) => ({ ...one, lead: one.leads.length === 0 ? null : median(one.leads) }))
    .sort((a, b) => b.leads.length - a.leads.length || (a.lead ?? 0) - (b.lead ?? 0));
  return {
    title,
    columns: [
      { kind: "text", header: "signal", cells: rows.map(({ signal }) => signal) },
      { kind: "text", header: "healthy", cells: rows.map(healthyRange) },
      {
        kind: "text",
        header: "leaves it in",
        cells: rows.map(({ leads }) => `${leads.length} of ${begins.length}`),
      },
      {
        kind: "number",
        header: "median step / begin of collapse",
        cells: rows.map(({ lead }) => lead),
        format: (value) => value.toFixed(2),
      },
    ],
  };
}

function leads({ steps }: Alarm, begins: readonly number[]): number[] {
  return steps.flatMap((step, run) => (step === null ? [] : [step / begins[run]!]));
}

function healthyRange({ side, threshold }: Alarm): string {
  return `${side === "above" ? "up to" : "from"} ${Number(threshold.toPrecision(3))}`;
}
