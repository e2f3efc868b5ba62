/** Time, as the scheduler sees it. Everything that reads the clock or waits goes through one of these. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds, or at once when `signal` is aborted; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls `act` after `ms` milliseconds; returns how to take that back. It costs much less than a signal. */
  after(ms: number, act: () => void): () => void;
}

/**
 * A limit in real time. `signal` is aborted with an error that says how long it was; `clear` takes the limit back,
 * `restart` gives the whole time again.
 */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly clear: () => void;
  readonly restart: () => void;
}

/** For one exchange with the outside: setting the wall clock neither hurries it nor holds it up. */
export function startDeadline(ms: number): Deadline {
  const controller = new AbortController();
  const begin = () => after(ms, () => controller.abort(new Error(`no answer within ${ms / 1000} s`)));
  let clear = begin();
  const restart = () => {
    if (controller.signal.aborted) return;
    clear();
    clear = begin();
  };
  return { signal: controller.signal, clear: () => clear(), restart };
}

/** A timer that is set to more than this, some 25 days, fires after a millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** However long that is. */
function after(ms: number, act: () => void): () => void {
  let leftMs = ms;
  const next = () => {
    const stepMs = Math.min(leftMs, LONGEST_TIMER_MS);
    leftMs -= stepMs;
    return setTimeout(() => {
      if (leftMs > 0) timer = next();
      else act();
    }, stepMs);
  };
  let timer = next();
  return () => clearTimeout(timer);
}

/** Resolves as `work` does, and rejects when that takes longer than `ms`: what comes later is dropped. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  const tooLong = Promise.withResolvers<never>();
  const clear = clock.after(ms, () => tooLong.reject(new Error(`no answer within ${ms / 1000} s`)));
  try {
    return await Promise.race([work, tooLong.promise]);
  } finally {
    clear();
  }
}

/** Resolves as soon as `work` does, and after `ms` at the latest. Rejects as `work` does. */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const tooLong = Promise.withResolvers<void>();
  const clear = clock.after(ms, tooLong.resolve);
  try {
    await Promise.race([work, tooLong.promise]);
  } finally {
    clear();
  }
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clear();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const clear = after(ms, done);
      signal.addEventListener("abort", done);
    }),
  after,
};
