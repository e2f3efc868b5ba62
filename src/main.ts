#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { healthCommand } from "./cli/commands/health.ts";
import { endProcess, hasFileCalls } from "./cli/end-process.ts";
import type { Terminal } from "./cli/terminal/terminal.ts";

// What V8's last compiler, TurboFan, itself takes is 5 MB. Without it, bursts take as much CPU as with it, and starts less.
setFlagsFromString("--no-opt");

// Otherwise Node would warn operators about a call in one of our libraries (docker-modem: url.parse, for each tcp:// host).
process.noDeprecation = true;

const argv = process.argv.slice(2);
const terminal: Terminal = {
  env: process.env,
  isTerminal: process.stdout.isTTY === true,
  ...(process.stdout.isTTY === true && { columns: process.stdout.columns }),
  readFile: (path) => readFileSync(path, "utf8"),
  out: (text) => process.stdout.write(`${text}\n`),
  outBytes: (bytes) =>
    new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    }),
  err: (text) => process.stderr.write(`${text}\n`),
  ...(process.stdin.isTTY === true ? { input: process.stdin } : { piped: process.stdin }),
};

// A reader that has gone (`shipbell ls | head`) ends a command silently, with the exit code that shells give to SIGPIPE.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return endProcess(141);
  terminal.err(`shipbell: standard output cannot be written: ${error.message}`);
  endProcess(1);
});

// A container's health is checked for as long as it lives. Most of the cost would be to load the command line.
const isHealthCheck = argv.length === 1 && argv[0] === healthCommand.usage;
process.exitCode = isHealthCheck ? await healthCommand.run({}, terminal) : await runCommandLine();
// All output is written by now. Calls to a hanging file system, for which a command no longer waits, must not keep it.
if (hasFileCalls()) endProcess(process.exitCode);

async function runCommandLine(): Promise<number> {
  const { runCli } = await import("./cli/run-cli.ts");
  return runCli(argv, terminal);
}
