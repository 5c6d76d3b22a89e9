// How well each signal tells collapsed perceptrons from healthy ones, and when it does. What has collapsed says the label of its run.
import { auc } from "../../dist/grokking/auc.js";
import { alarm } from "../../dist/grokking/signals/alarm.js";
import { pairSeparations, separations } from "../../dist/grokking/signals/separation.js";
import { signals } from "../../dist/grokking/signals/signals.js";
import { alarmTable } from "../../dist/grokking/tables/alarms.js";
import { toMarkdown } from "../../dist/grokking/tables/table.js";
import { markdownTable } from "../common.mjs";

/** Of the layers of which the paper speaks. */
const SIGNALS = signals(["fc1.weight", "fc2.weight"]);

/** Pairs in the table. */
const SHOWN = 10;

/** @param groups results by preset, seeds in the same order in each. */
export function signalSections(groups) {
  const runs = groups.flat();
  const bySeed = groups[0].map((_, seed) => groups.map((results) => results[seed]));
  const contrasts = (healthy) =>
    bySeed.map((ofSeed) => ({ collapsed: ofSeed.filter(hasCollapsed).map(end), healthy: healthy(ofSeed) }));
  const kept = (ofSeed) => ofSeed.filter((run) => !hasCollapsed(run));
  const all = contrasts((ofSeed) => [...ofSeed.map(peak), ...kept(ofSeed).map(end)]);
  const areas = [
    ["at the end", contrasts((ofSeed) => kept(ofSeed).map(end))],
    ["at their own peak", contrasts((ofSeed) => ofSeed.filter(hasCollapsed).map(peak))],
    ["at any peak or at the end", all],
  ].map(([healthy, contrast]) => ({ healthy, separations: separations(SIGNALS, contrast) }));
  const dataFree = SIGNALS.filter(({ needs }) => needs === "nothing");
  const pairs = pairSeparations(dataFree, all).map(withArea).sort(byArea);
  return { auc: areaTable(areas), "auc-pairs": pairTable(pairs), alarms: alarms(runs) };
}

const hasCollapsed = ({ phases }) => phases.collapseBegins !== null;
const end = ({ measured }) => measured[measured.length - 1].measures;
const peak = ({ measured, phases }) => nearest(measured, phases.peak.step).measures;

function nearest(measured, step) {
  const distance = (one) => Math.abs(Math.log((one.step + 1) / (step + 1)));
  return measured.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

/** A row per signal, the best against all healthy networks first. */
function areaTable(areas) {
  const rows = SIGNALS.map(({ name, needs }) => ({
    name,
    needs,
    areas: areas.map(({ separations }) => {
      const found = separations.find(({ measure }) => measure === name);
      return found === undefined ? null : withArea(found);
    }),
  }));
  rows.sort((a, b) => byArea(a.areas.at(-1), b.areas.at(-1)));
  return markdownTable(
    rows.map(({ name, needs, areas: found }) => ({
      signal: name,
      "beside the weights it needs": needs,
      ...Object.fromEntries(areas.map(({ healthy }, k) => [`healthy ${healthy}`, interval(found[k])])),
    })),
  );
}

/** The best pairs of signals that need nothing but the weights. */
function pairTable(pairs) {
  return markdownTable(
    pairs.slice(0, SHOWN).map((pair) => ({ "sum of": pair.measure, "AUC, seeds held out": interval(pair) })),
  );
}

function alarms(runs) {
  const alarmed = runs.filter(hasCollapsed);
  const begins = alarmed.map(({ phases }) => phases.collapseBegins.step);
  const healthy = runs.filter((one) => !hasCollapsed(one)).map(watched);
  const found = SIGNALS.flatMap((signal) => alarm(signal, alarmed.map(watched), healthy) ?? []);
  const heard = found.filter(({ steps }) => steps.some((step) => step !== null));
  const never = found.filter((one) => !heard.includes(one)).map(({ signal }) => signal);
  const table = alarmTable("When signals leave the range of healthy runs for good", heard, begins);
  return `${toMarkdown(table)}\nIn no run: ${never.join("; ")}.`;
}

/** From grokking on. */
function watched({ measured, phases }) {
  return { from: phases.grokkingBegins.step, checkpoints: measured };
}

function withArea(separation) {
  return { ...separation, ...auc(separation.collapsed, separation.healthy) };
}

function byArea(a, b) {
  return Math.abs((b?.auc ?? 0.5) - 0.5) - Math.abs((a?.auc ?? 0.5) - 0.5);
}

function interval(area) {
  if (area === null) return "–";
  const [value, low, high] = [area.auc, area.low, area.high].map((number) => number.toFixed(2));
  return `${value} (${low} to ${high})`;
}
