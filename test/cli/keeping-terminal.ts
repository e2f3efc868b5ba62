import type { Terminal } from "../../src/cli/terminal/terminal.ts";
import type { Environment } from "../../src/settings/settings.ts";

/** A terminal that keeps what is written to it. */
export function keepingTerminal(env: Environment = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const bytes: Uint8Array[] = [];
  /** Both, in the order in which they were written. */
  const all: string[] = [];
  const keep = (lines: string[]) => (text: string) => {
    lines.push(text);
    all.push(text);
  };
  const terminal: Terminal = {
    env,
    isTerminal: false,
    readFile: () => "",
    out: keep(out),
    outBytes: async (some) => void bytes.push(some),
    err: keep(err),
  };
  return { terminal, out, bytes, err, all };
}
