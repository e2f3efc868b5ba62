import type { Clock } from "../clock.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { OutgoingRequest } from "./channel.ts";
import type { Sent } from "./sent.ts";

const EACH_MS = 60_000;

export interface HeartbeatParts {
  readonly clock: Clock;
  readonly events: Pick<RunEvents, "emit">;
  /** An address that expects to be pinged, and says so where it is not. */
  readonly url: string;
  /** What is told with it; undefined while the scheduler does not do its work, so that the silence says it. */
  readonly look: () => Beat | undefined;
  readonly deliver: (request: OutgoingRequest, signal: AbortSignal) => Promise<Sent>;
}

export interface Beat {
  readonly instance: string;
  readonly version: string;
  /** The machine that it runs on. */
  readonly host: string;
  /** How many are declared. */
  readonly jobs: number;
  /** How many are wrong now, without warnings. */
  readonly problems: number;
}

/** Pings an address each minute while the scheduler works, until the signal is aborted. What no scheduler can tell is told by silence. */
export async function keepHeartbeat(parts: HeartbeatParts, signal: AbortSignal): Promise<void> {
  const { clock, events, url, look, deliver } = parts;
  let trouble: string | undefined;
  while (!signal.aborted) {
    const beat = look();
    const sent = beat && (await deliver(requestOf(url, beat), signal));
    if (signal.aborted) return;
    if (sent !== undefined) {
      const cause = sent.result === "delivered" ? undefined : sent.because;
      if (cause !== undefined && cause !== trouble) events.emit({ event: "heartbeat-failed", cause });
      if (cause === undefined && trouble !== undefined) events.emit({ event: "heartbeat-recovered" });
      trouble = cause;
    }
    // At its start a scheduler does not know its jobs yet.
    await clock.wait(beat === undefined ? SOON_MS : EACH_MS, signal);
  }
}

/** While there is nothing to tell. */
const SOON_MS = 5000;

function requestOf(url: string, beat: Beat): OutgoingRequest {
  return {
    by: "http",
    method: "POST",
    url,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(beat),
  };
}
