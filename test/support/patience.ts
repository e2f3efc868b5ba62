/**
 * How long a test waits for what must come: much, since how busy the machine is, is no fault of what is tested. What must be
 * quick says its own time.
 */
export const PATIENCE_MS = 240_000;
