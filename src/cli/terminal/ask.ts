import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";

/** Asks a question on standard error and reads one line of `input`: empty when it ends before. */
export async function ask(
  question: string,
  input: NodeJS.ReadableStream,
  terminal: { readonly err: (text: string) => void },
): Promise<string> {
  terminal.err(question);
  return readLine(input);
}

/** Asks for a secret: what is typed is not shown. */
export async function askSecret(
  question: string,
  input: NodeJS.ReadableStream,
  terminal: { readonly err: (text: string) => void },
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // As a terminal, readline itself shows what is typed, by writing it to its output.
  const answer = firstLine(createInterface({ input, output: nowhere, terminal: true, historySize: 0 }));
  // Only from here on does the terminal show nothing of what is typed, and an answer may follow the question at once.
  terminal.err(question);
  return answer;
}

/** The first line of `input`: empty when it ends before, or where there is none. */
export async function readLine(input: NodeJS.ReadableStream | undefined): Promise<string> {
  return input === undefined ? "" : firstLine(createInterface({ input }));
}

async function firstLine(lines: Interface): Promise<string> {
  const line = once(lines, "line").then(([text]) => String(text));
  const ended = once(lines, "close").then(() => "");
  const answer = await Promise.race([line, ended]);
  lines.close();
  return answer;
}
