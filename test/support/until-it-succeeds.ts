import { vi } from "vitest";
import { PATIENCE_MS } from "./patience.ts";

/** Asks again and again until `look` neither throws nor rejects, and resolves to what it returns. */
export function untilItSucceeds<T>(look: () => Promise<T> | T): Promise<T> {
  return vi.waitFor(look, { timeout: PATIENCE_MS });
}
