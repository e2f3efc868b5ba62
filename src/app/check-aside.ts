import type { Clock } from "../clock.ts";
import { Fault } from "../http/fault.ts";
import type { Checked } from "../sources/check-text.ts";
import type { CheckOrder } from "./check-worker.ts";

/** A thread takes some 20 MB while it checks. */
const MOST_WAITING = 8;
const DEADLINE_MS = 20_000;
const MOST_MEMORY_MB = 128;

/**
 * Returns a function that checks texts of schedule files, one after the other, in a thread of its own: a large one takes a
 * second, by which no start is to be late.
 *
 * The function throws a Fault: `too-much` when too many wait, `too-large` for a text that takes too long or too much memory.
 */
export function checkAside(clock: Clock, settings: () => Omit<CheckOrder, "text">): (text: string) => Promise<Checked> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (text) => {
    if (waiting >= MOST_WAITING)
      throw new Fault("too-much", "Other files are being checked. Try again in a moment.", { "Retry-After": "5" });
    waiting++;
    const checked = last.then(() => checkInThread({ text, ...settings() }, clock));
    last = checked.catch(() => {});
    try {
      return await checked;
    } finally {
      waiting--;
    }
  };
}

async function checkInThread(order: CheckOrder, clock: Clock): Promise<Checked> {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(new URL(ENTRY, import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    // Nothing of the scheduler's own is there to be read.
    env: {},
  });
  // A scheduler that stops does not wait for it.
  worker.unref();
  const timer = new AbortController();
  try {
    return await new Promise<Checked>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", (error) => reject(isOutOfMemory(error) ? tooLarge() : error));
      void clock.wait(DEADLINE_MS, timer.signal).then(() => reject(tooLarge()));
    });
  } finally {
    timer.abort();
    await worker.terminate();
  }
}

/** In the bundle it is next to the program. */
const ENTRY = import.meta.url.endsWith(".ts") ? "./check-worker.ts" : "./check-worker.js";

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}

function tooLarge(): Fault {
  return new Fault("too-large", "The file takes too long to check. Split it into several.");
}
