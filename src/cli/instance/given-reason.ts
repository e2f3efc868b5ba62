import { whyWrongReason } from "../../job/reason.ts";
import type { Args } from "../command.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** What `--reason` says. Undefined, with a message on standard error, when that cannot be kept. */
export function givenReason(
  { reason: given }: Args,
  terminal: Pick<Terminal, "err">,
): { readonly reason?: string } | undefined {
  if (given === undefined) return {};
  const reason = String(given);
  const wrong = whyWrongReason(reason);
  if (wrong === undefined) return { reason };
  terminal.err(`shipbell: --reason ${wrong}`);
  return undefined;
}
