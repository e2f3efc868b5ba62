import { once } from "node:events";
import { createInterface } from "node:readline";

/** Asks a question on standard error and reads one line of `input`: empty when it ends before. */
export async function ask(
  question: string,
  input: NodeJS.ReadableStream,
  terminal: { readonly err: (text: string) => void },
): Promise<string> {
  const lines = createInterface({ input });
  const line = once(lines, "line").then(([text]) => String(text));
  const ended = once(lines, "close").then(() => "");
  terminal.err(question);
  const answer = await Promise.race([line, ended]);
  lines.close();
  return answer;
}
