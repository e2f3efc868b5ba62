#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { endProcess, hasFileCalls } from "./cli/end-process.ts";
import { healthCommand } from "./cli/health.ts";
import type { Terminal } from "./cli/terminal/terminal.ts";

// Node would warn people who run shipbell of what a library of ours calls (docker-modem, for each tcp:// host: url.parse).
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
  ...(process.stdin.isTTY === true && { input: process.stdin }),
};

// A container is asked for its health as long as it lives: this loads no command line, which is most of what it would cost.
const isHealthCheck = argv.length === 1 && argv[0] === healthCommand.usage;
process.exitCode = isHealthCheck ? await healthCommand.run({}, terminal) : await runCommandLine();
// What a command prints is written by now; what it has given up to wait for must not keep it.
if (hasFileCalls()) endProcess(process.exitCode);

async function runCommandLine(): Promise<number> {
  const { runCli } = await import("./cli/run-cli.ts");
  return runCli(argv, terminal);
}
