import { text } from "node:stream/consumers";
import { commandSocket, reachable, type Settings } from "../../settings/settings.ts";
import { readSchedulerView } from "../../view/scheduler/scheduler-text.ts";
import type { SchedulerAnswer, SchedulerView } from "../../view/scheduler/scheduler-view.ts";
import { request } from "./request.ts";

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
  const where = reachable(listen);
  try {
    const socketPath = commandSocket(listen);
    const answer = await request("http://localhost/scheduler", { patienceMs: PATIENCE_MS, socketPath });
    const view = answer.statusCode === 200 ? readSchedulerView(await text(answer)) : undefined;
    answer.resume();
    if (view === undefined) return silent(`the one that listens on ${where} is of another version`);
    const other = whyAnother(view, instance, ledgerFile);
    return other === undefined ? { kind: "answers", view } : silent(`the one that listens on ${where} is one ${other}`);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no answer in time";
    const isNone = code === "ECONNREFUSED" || code === "ENOENT";
    return silent(
      isNone ? `none that listens on ${where} is on this machine` : `the one that listens on ${where}: ${code}`,
    );
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
