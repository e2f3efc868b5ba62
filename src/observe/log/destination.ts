import pino from "pino";
import type { LogDestination } from "./log-destination.ts";

/** How much waits for a reader that does not read. Beyond that, lines are dropped rather than jobs held up. */
const waitingBytes = 4 * 1024 * 1024;

/**
 * Standard output, written in the background: a reader that is stuck (Docker's log driver blocks by default) must not
 * stop the scheduler. What is not written yet when the process exits is written then.
 */
export function openStandardOutput(fd = 1): LogDestination {
  // Without a least length, flush would not wait for anything.
  const stream = pino.destination({ dest: fd, sync: false, minLength: 1, maxWrite: 65_536, maxLength: waitingBytes });
  // Without a listener, a reader that went away would end the process.
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
