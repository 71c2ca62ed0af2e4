#!/usr/bin/env node
/** The `podwire` command. */
import { runProgram } from "./program.ts";
import { runSubcommand } from "./subcommands.ts";

runProgram("podwire", runSubcommand);
