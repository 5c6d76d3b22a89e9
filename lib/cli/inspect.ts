import { Command, Option } from "commander";
import { inspectCheckpoint } from "../checkpoint/inspect.ts";
import { formatInspection } from "../report/inspection.ts";
import { jsonLine } from "../report/json-lines.ts";
import { writeOut } from "./stdout.ts";

interface InspectFlags {
  format: "table" | "json";
  fused: boolean;
  allowMissingShards: boolean;
}

export function inspectCommand(): Command {
  return new Command("inspect")
    .description("Show tensors, matrices and what an analysis would cost; reads headers only.")
    .argument("<location>", "a safetensors file, or a folder with a checkpoint")
    .addOption(
      new Option("--format <format>", "of standard output").choices(["table", "json"]).default("table"),
    )
    .option("--fused", "add the gate_up matrix of every GPT-OSS expert", false)
    .option("--allow-missing-shards", "read the shards that are there", false)
    .action(async (location: string, { format, ...options }: InspectFlags) => {
      const inspection = await inspectCheckpoint(location, options);
      await writeOut(format === "json" ? jsonLine(inspection) : formatInspection(inspection));
    });
}
