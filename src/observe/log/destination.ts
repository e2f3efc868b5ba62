import pino from "pino";

/** Where log lines go: a pino destination, or anything else that takes text. */
export interface LogDestination {
  write(text: string): unknown;
  flush?(done: () => void): void;
  /** Has `tell` called with the number of dropped lines, once lines are written again. */
  onDropped?(tell: (lines: number) => void): void;
}

/** How much waits for a reader that is stuck. Beyond that, lines are dropped rather than jobs delayed. */
const waitingBytes = 4 * 1024 * 1024;

/**
 * Opens standard output, which is written in the background: a stuck reader (Docker's log driver blocks by default) must
 * not stop the scheduler. What is still waiting when the process exits is written then.
 */
export function openStandardOutput(fd = 1): LogDestination {
  // Without a minimum length, flush would wait for nothing.
  const stream = pino.destination({ dest: fd, sync: false, minLength: 1, maxWrite: 65_536, maxLength: waitingBytes });
  // Without a listener, a reader that closes its end would end the process.
  stream.on("error", () => {});
  return {
    write: (text) => stream.write(text),
    flush: (done) => stream.flush(done),
    onDropped(tell) {
      let dropped = 0;
      stream.on("drop", () => {
        dropped += 1;
      });
      stream.on("drain", () => {
        const lines = dropped;
        dropped = 0;
        if (lines > 0) tell(lines);
      });
    },
  };
}
