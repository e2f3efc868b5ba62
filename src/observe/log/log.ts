import pino, { type LevelWithSilent, type Logger } from "pino";
import type { RunEvent } from "../run-events.ts";
import { type LogDestination, openStandardOutput } from "./destination.ts";
import { levelOf, logFields } from "./log-fields.ts";
import { sentenceFor } from "./sentences.ts";

interface Log {
  /** For `RunEvents.on`. */
  readonly onEvent: (event: RunEvent) => void;
  /** Resolves when everything that was logged is written. */
  flush(): Promise<void>;
}

interface LogSettings {
  readonly logLevel: LevelWithSilent;
  readonly logFormat: "json" | "pretty";
}

/** Names the trace of a run, for those who look from the one to the other. */
type TraceIdOf = (job: string, run: string) => string;

/** Opens the log on standard output. */
export async function openLog({ logLevel, logFormat }: LogSettings, traceIdOf?: TraceIdOf): Promise<Log> {
  if (logFormat === "json") return createLog(logLevel, openStandardOutput(), traceIdOf);
  // Loaded only on request: in production, logs are JSON.
  const { createPrettyDestination } = await import("./pretty-log.ts");
  return createLog(logLevel, createPrettyDestination(process.stdout, process.stdout.isTTY), traceIdOf);
}

/** Writes one JSON object per line. `docs/logs.md` has the fields of each event. */
export function createLog(level: LevelWithSilent, destination: LogDestination, traceIdOf?: TraceIdOf): Log {
  let printedAt: Date | undefined;
  const logger = pino(
    {
      level,
      base: null,
      // A job's line has the time when it was printed. It may be logged later, for example after a restart.
      timestamp: () => (printedAt ? `,"time":"${printedAt.toISOString()}"` : pino.stdTimeFunctions.isoTime()),
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  destination.onDropped?.((lines) => tellDropped(logger, lines));
  const onEvent = (event: RunEvent) => {
    printedAt = event.event === "job-output" ? event.at : undefined;
    logEvent(logger, event, traceIdOf);
    printedAt = undefined;
  };
  return { onEvent, flush: () => flush(destination) };
}

function logEvent(logger: Logger, event: RunEvent, traceIdOf: TraceIdOf | undefined): void {
  const level = levelOf(event);
  if (!logger.isLevelEnabled(level)) return;
  // A job's line is its own message: written twice, it would double the log.
  const fields = logFields(event);
  if (traceIdOf !== undefined && "run" in event && event.run !== undefined && event.job !== undefined)
    fields.trace_id = traceIdOf(event.job, event.run);
  if (event.event === "job-output") logger[level](fields);
  else logger[level](fields, sentenceFor(event));
}

function tellDropped(logger: Logger, lines: number): void {
  logger.error({ event: "log-dropped", lines }, `${lines} log lines dropped: they were not read in time`);
}

function flush(destination: LogDestination): Promise<void> {
  return new Promise((resolve) => (destination.flush === undefined ? resolve() : destination.flush(() => resolve())));
}
