import { text } from "node:stream/consumers";
import type { Settings } from "../settings/settings.ts";
import { readSchedulerView } from "../view/scheduler-text.ts";
import type { SchedulerAnswer, SchedulerView } from "../view/scheduler-view.ts";
import { reachable, request } from "./own-address.ts";

/** A scheduler answers at once; one that does not is of no help to a person at a terminal. */
const PATIENCE_MS = 2000;

/**
 * Asks the scheduler of these settings, on this machine, for what it knows. `ledgerFile` is that of the command (`any`
 * where it reads none): a scheduler that works on another one, or is of another instance, is not the one that was meant.
 * Never rejects.
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
