import { type Wrong, wrong } from "../../schedule/wrong.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** What stands for standard input among paths, and names it in messages. It is written `-`, which yargs drops. */
export const STANDARD_INPUT = "<stdin>";

const LARGEST_BYTES = 10 * 1024 ** 2;

/** Reads standard input to its end; what a person types there is not read. */
export async function readStandardInput({ piped }: Pick<Terminal, "piped">): Promise<Uint8Array | Wrong> {
  if (piped === undefined) return wrong("standard input is a terminal: name a file, or pipe a text into the command");
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of piped) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > LARGEST_BYTES) return wrong("standard input has more than 10 MB; at most 10 MB are read");
    chunks.push(bytes);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
