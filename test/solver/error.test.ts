import { expect, test } from "vitest";
import { printable, SpectrapError } from "../../lib/solver/error.ts";

test("a message names file, tensor, reason and what to do", () => {
  const error = new SpectrapError("MX_SHAPE", "scales do not fit the blocks", {
    file: "a.safetensors",
    tensor: "w",
    hint: "download the file again",
  });
  expect(error.message).toBe(
    'a.safetensors, tensor "w": scales do not fit the blocks (download the file again)',
  );
  expect(error).toMatchObject({
    name: "SpectrapError",
    code: "MX_SHAPE",
    reason: "scales do not fit the blocks",
  });
});

test("a hostile name is escaped and cut", () => {
  expect(printable("a\u001b[31m\n\u0085")).toBe("a\\u001b[31m\\n\\u0085");
  expect(printable("a\u202eb\u2066")).toBe("a\\u202eb\\u2066");
  expect(printable("x".repeat(500))).toHaveLength(200);
});
