/** Work of the processor that is enough to be measured where time is counted in steps of 4 ms. */
const SAMPLE_MS = 60;

/**
 * Returns the limit for a promise of time that was made for a machine with a free core, as it applies to this machine at
 * this moment. On a machine that is four times busier everything takes four times as long, and so may what is tested.
 * Call it right after what was measured.
 */
export function onThisMachine(limitMs: number): number {
  return limitMs * slowdown();
}

/** How much longer work takes here and now than it would alone: 1 where a core is free. Measured by doing some. */
function slowdown(): number {
  const startedAt = performance.now();
  const before = process.threadCpuUsage();
  let usedMs = 0;
  while (usedMs < SAMPLE_MS) {
    const { user, system } = process.threadCpuUsage(before);
    usedMs = (user + system) / 1000;
  }
  return Math.max(1, (performance.now() - startedAt) / usedMs);
}
