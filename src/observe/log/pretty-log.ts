import pretty from "pino-pretty";
import type { LogDestination } from "./log-destination.ts";

/** How a terminal shows the log: time, level, sentence. All else is in the JSON form. */
export function createPrettyDestination(out: NodeJS.WritableStream, colorize: boolean): LogDestination {
  return pretty({
    destination: out,
    // In this thread: a worker would lose the last lines, and costs more than it saves.
    sync: true,
    colorize,
    hideObject: true,
    translateTime: "SYS:yyyy-mm-dd HH:MM:ssp",
    messageFormat: (log, messageKey) =>
      String(log.event === "job-output" ? `${log.job} | ${log.line}` : log[messageKey]),
  });
}
