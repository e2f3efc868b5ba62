import type { OutputListener } from "../../operate/output/output-listener.ts";
import type { Terminal } from "./terminal.ts";

/** Prints what a run prints: its lines to the same streams of the command, and what is to be said of them as its messages. */
export function printingOutput({ out, err }: Pick<Terminal, "out" | "err">): OutputListener {
  return {
    line: ({ stream, line }) => (stream === "stderr" ? err : out)(line),
    note: (text) => err(`shipbell: ${text}`),
  };
}
