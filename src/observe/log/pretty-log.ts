import pretty from "pino-pretty";
import type { LogDestination } from "./destination.ts";

/** Writes the log for a terminal: time, level, sentence. Everything else is only in the JSON form. */
export function createPrettyDestination(out: NodeJS.WritableStream, colorize: boolean): LogDestination {
  return pretty({
    destination: out,
    // In this thread: a worker would lose the last lines, and cost more than it saves.
    sync: true,
    colorize,
    hideObject: true,
    translateTime: "SYS:yyyy-mm-dd HH:MM:ssp",
    messageFormat: (log, messageKey) =>
      String(log.event === "job-output" ? `${log.job} | ${log.line}` : log[messageKey]),
  });
}
