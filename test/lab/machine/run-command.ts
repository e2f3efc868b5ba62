import { spawn } from "node:child_process";

export type CommandOptions = {
  input?: string | Buffer;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Ends the command by SIGKILL. Without one, a command may take ten minutes. */
  signal?: AbortSignal;
};

const longestMs = 600_000;
const systemFolders = "/usr/local/sbin:/usr/sbin:/sbin";

/**
 * Runs a program without a shell and gives its standard output, without the last line break.
 * Rejects with the command line and what it wrote to standard error when it cannot start or its exit code is not 0.
 */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions = {}) {
  const { code, stdout, stderr } = await finish(command, args, options);
  if (code === 0) return stdout.replace(/\n$/, "");
  throw new Error(`${[command, ...args].join(" ")} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
}

/** Like runCommand, but every exit code is an answer: null when a signal ended it. */
export function finish(command: string, args: readonly string[], options: CommandOptions = {}) {
  const signal = options.signal ?? AbortSignal.timeout(longestMs);
  const child = spawn(command, args, {
    env: systemEnvironment(options.env),
    cwd: options.cwd,
    signal,
    killSignal: "SIGKILL",
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin.on("error", () => {}); // it may end without having read its input
  child.stdin.end(options.input);
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once("error", (cause) => reject(new Error(`${command} ${args.join(" ")}: ${cause.message}`, { cause })));
    child.once("close", (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
  });
}

/** An environment in which programs of the system's folders are found too, as they are not on every user's PATH. */
export function systemEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, PATH: `${env.PATH ?? "/usr/bin:/bin"}:${systemFolders}` };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
