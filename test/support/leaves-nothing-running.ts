import { afterAll } from "vitest";

const TURNS = 100;
/** A process at rest needs a hundredth of it. */
const MOST_MS = 100;

/**
 * Fails a file that leaves something running, such as a client that connects again and again: files that come later in the same process
 * would be slow without a fault of their own.
 */
afterAll(async () => {
  let costsMs = await costOfTurns();
  // Garbage of the file itself may be collected the first time.
  for (let again = 0; again < 3 && costsMs > MOST_MS; again++) costsMs = await costOfTurns();
  if (costsMs > MOST_MS)
    throw new Error(`This file leaves something running: ${TURNS} turns of the event loop at rest take ${costsMs} ms.`);
});

/** Milliseconds of the processor: how busy the machine is does not count. */
async function costOfTurns(): Promise<number> {
  const before = process.threadCpuUsage();
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
