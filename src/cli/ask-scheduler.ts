import { text } from "node:stream/consumers";
import type { Settings } from "../settings/settings.ts";
import { readSchedulerView } from "../view/scheduler-text.ts";
import type { SchedulerAnswer, SchedulerView } from "../view/scheduler-view.ts";
import { reachable, request } from "./own-address.ts";

/** A scheduler answers at once; a person at a terminal should not wait for one that does not. */
const PATIENCE_MS = 2000;

/**
 * Asks the scheduler with these settings on this machine what it knows. A scheduler of another instance, or with another
 * ledger than `ledgerFile` (`any` for a command that reads none), is not the one that is meant. Never rejects.
 */
export async function askScheduler(
  { listen, instance }: Pick<Settings, "listen" | "instance">,
  ledgerFile: string | "any" | undefined,
): Promise<SchedulerAnswer> {
  const url = `http://${reachable(listen)}/scheduler`;
  try {
    const answer = await request(url, PATIENCE_MS);
    const view = answer.statusCode === 200 ? readSchedulerView(await text(answer)) : undefined;
    answer.resume();
    if (view === undefined)
      return silent(`${url} is answered, not by a scheduler of this version that is on this machine`);
    const other = whyAnother(view, instance, ledgerFile);
    return other === undefined ? { kind: "answers", view } : silent(`${url} is answered by one ${other}`);
  } catch (error) {
    return silent(`${url}: ${error instanceof Error ? error.message : error}`);
  }
}

function silent(why: string): SchedulerAnswer {
  return { kind: "silent", why };
}

function whyAnother(view: SchedulerView, instance: string, ledgerFile: string | undefined): string | undefined {
  if (view.instance !== instance) return `of instance "${view.instance}", and this is "${instance}"`;
  const isSame = ledgerFile === "any" || view.ledgerFile === undefined || view.ledgerFile === ledgerFile;
  return isSame ? undefined : "that works on another ledger";
}
