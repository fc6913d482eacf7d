#!/usr/bin/env node
// Owns the start of the `dtms` program: its arguments go to cli/program.ts, whose exit code is its own.
import { endOnClosedOutput } from './cli/output.js';
import { runProgram } from './cli/program.js';

endOnClosedOutput();
process.exitCode = await runProgram(process.argv.slice(2));
