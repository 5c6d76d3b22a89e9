#!/usr/bin/env node
import { Command } from "commander";
import { version } from "../analysis/record.ts";
import { analyzeCommand } from "./analyze.ts";
import { benchCommand } from "./bench.ts";
import { distancesCommand } from "./distances.ts";
import { doctorCommand } from "./doctor.ts";
import { removeCommand, smoothCommand } from "./edit.ts";
import { exitCodeOf, isClosedPipe } from "./exit.ts";
import { grokCommand } from "./grok.ts";
import { inspectCommand } from "./inspect.ts";
import { screenCommand } from "./screen.ts";
import { synthCommand } from "./synth.ts";

const program = new Command("spectrap")
  .description("Spectral diagnostics of neural-network weights at checkpoint scale.")
  .version(version)
  .exitOverride()
  .showHelpAfterError("(add --help for the options)");

/** Errors and help are the program's business, in a command of a command too. */
function inherit(command: Command): Command {
  for (const part of command.commands) inherit(part);
  return command.copyInheritedSettings(program);
}

const commands = [
  analyzeCommand(),
  distancesCommand(),
  inspectCommand(),
  screenCommand(),
  removeCommand(),
  smoothCommand(),
  synthCommand(),
  grokCommand(),
  doctorCommand(),
  benchCommand(),
];
for (const command of commands) {
  program.addCommand(inherit(command));
}

// Without a listener a closed pipe would end the process before its work is put away; writeOut reports it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    if (!isClosedPipe(error)) throw error;
  });
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
