/** The last steps before `npm pack`, after set-up has built all: this platform's prebuild, and a dist without leftovers. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildPrebuild } from "./prebuilds.mjs";
import { main, root, step } from "./run.mjs";

await main(async () => {
  await step("prebuild", () => buildPrebuild());
  await step("dist", () => removeLeftovers());
});

/** tsc does not take away what it made of a source that is gone; the package would carry it. */
function removeLeftovers() {
  const leftovers = readdirSync(join(root, "dist"), { recursive: true })
    .map((name) => [name, /^(.+?)(\.d\.ts|\.js|\.js\.map)$/.exec(name)?.[1]])
    .filter(([, source]) => source !== undefined && !existsSync(join(root, "lib", `${source}.ts`)));
  for (const [name] of leftovers) rmSync(join(root, "dist", name));
  return `${leftovers.length} leftovers removed`;
}
