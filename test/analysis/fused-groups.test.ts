import { expect, test } from "vitest";
import { fusedGroups } from "../../lib/analysis/fused-groups.ts";
import { fakeMatrix } from "./fakes.ts";

const tensor = "experts.gate_up_proj";
const gate = fakeMatrix("gate", { tensor, role: "gate", rows: 6, cols: 5 });
const up = fakeMatrix("up", { tensor, role: "up", rows: 6, cols: 5 });
const fused = fakeMatrix("gate_up", { tensor, role: "gate_up", rows: 12, cols: 5 });

test("halves of one tensor make a group with their whole", () => {
  expect(fusedGroups([gate, up, fused])).toEqual([{ gate, up, fused }]);
});

test("of another layer, expert or tensor they are no halves, and one alone makes no group", () => {
  for (const other of [{ layer: 1 }, { expert: 1 }, { tensor: "mlp.up_proj" }]) {
    expect(fusedGroups([gate, { ...up, ...other }, fused])).toEqual([]);
  }
  expect(fusedGroups([gate, fused])).toEqual([]);
});

test.each([
  ["rows", { rows: 7 }],
  ["columns", { cols: 4 }],
])("halves whose %s are not those of the whole are refused", (_, wrong) => {
  expect(() => fusedGroups([gate, { ...up, ...wrong }, fused])).toThrow(
    expect.objectContaining({ code: "FUSED_SHAPE", message: expect.stringContaining("gate_up") }),
  );
});
