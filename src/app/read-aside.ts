import type { Worker } from "node:worker_threads";
import type { Clock } from "../clock.ts";
import { type Reading, unreadable } from "../definition/reading.ts";
import type { Job } from "../job/job.ts";
import type { FileReader, ReadOrder } from "../sources/file-reader.ts";
import type { ParsedOnce } from "../sources/referenced-files.ts";
import type { ReadSettings } from "./read-worker.ts";

/** Ten times what the largest file takes on a busy machine. */
const DEADLINE_MS = 300_000;
const MOST_MEMORY_MB = 2048;
/** Nearly all that is read is garbage soon, and little of it is looked at twice if it may grow as large as this. */
const YOUNG_MEMORY_MB = 64;

/**
 * Returns a function that opens a reader which parses in a thread: ten thousand jobs take a second or two, by which no start
 * is to be late. The thread is there as long as there is something to read. It loads what parsing takes once more, which
 * is half a second of CPU: what is short is better parsed at once.
 */
export function readAside(clock: Clock, settings: ReadSettings): () => FileReader {
  return () => new ThreadReader(clock, settings);
}

class ThreadReader implements FileReader {
  readonly #clock: Clock;
  readonly #settings: ReadSettings;
  #worker: Worker | undefined;

  constructor(clock: Clock, settings: ReadSettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  async read(order: ReadOrder): Promise<ParsedOnce<Reading>> {
    const timer = new AbortController();
    try {
      this.#worker ??= await startThread(this.#settings);
      const late = this.#clock.wait(DEADLINE_MS, timer.signal).then(() => tooLarge(order, "too long"));
      return await Promise.race([answerOf(this.#worker, order), late]);
    } catch (error) {
      await this.close();
      if (isOutOfMemory(error)) return tooLarge(order, "too much memory");
      throw error;
    } finally {
      timer.abort();
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

async function startThread(settings: ReadSettings): Promise<Worker> {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(new URL(ENTRY, import.meta.url), {
    workerData: settings,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB, maxYoungGenerationSizeMb: YOUNG_MEMORY_MB },
    // What a file may name of the scheduler's own is part of each order.
    env: {},
  });
  // A scheduler that stops does not wait for it.
  worker.unref();
  return worker;
}

function answerOf(worker: Worker, order: ReadOrder): Promise<ParsedOnce<Reading>> {
  return new Promise((resolve, reject) => {
    const jobs: Job[] = [];
    const take = (part: { readonly jobs: readonly Job[] } | { readonly read: ParsedOnce<Reading> }) => {
      if ("jobs" in part) {
        for (const job of part.jobs) jobs.push(job);
        return;
      }
      worker.removeAllListeners();
      resolve({ ...part.read, parsed: { ...part.read.parsed, jobs } });
    };
    worker.on("message", take);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the thread that reads it ended with ${code}`)));
    worker.postMessage(order);
  });
}

/** In the bundle it is next to the program. */
const ENTRY = import.meta.url.endsWith(".ts") ? "./read-worker.ts" : "./read-worker.js";

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}

function tooLarge({ path }: ReadOrder, what: string): ParsedOnce<Reading> {
  const problem = { at: path, message: `the file takes ${what} to read`, hint: "split it into several files" };
  return { parsed: unreadable(path, [problem]), unread: [], unseen: [], secrets: [] };
}
