import { Command, Option } from "commander";
import { version } from "../analysis/record.ts";
import { formatDiagnosis } from "../report/diagnosis.ts";
import { jsonLine } from "../report/json-lines.ts";
import { diagnose } from "../solver/doctor.ts";
import { exitCodes } from "./exit.ts";
import { writeOut } from "./stdout.ts";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("Show what was found on this machine, and what is missing for an analysis.")
    .addOption(
      new Option("--format <format>", "of standard output").choices(["table", "json"]).default("table"),
    )
    .action(async ({ format }: { format: "table" | "json" }) => {
      const diagnosis = diagnose();
      await writeOut(
        format === "json"
          ? jsonLine({ spectrap: version, ...diagnosis })
          : formatDiagnosis(diagnosis, version),
      );
      if (!diagnosis.ready) process.exitCode = exitCodes.unusable;
    });
}
