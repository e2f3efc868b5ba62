import type { Healthcheck } from "../../../job/job.ts";

/** A run is judged by its exit code: its image's health check would only cost, and confuse. */
export const NO_HEALTHCHECK = { Test: ["NONE"] } as const;

/** The health check of a run: none, unless its job asks for one. */
export function writeHealthcheck(healthcheck: Healthcheck | undefined): { readonly Test: readonly string[] } {
  if (healthcheck === undefined) return NO_HEALTHCHECK;
  const { test, intervalMs, timeoutMs, retries, startPeriodMs, startIntervalMs } = healthcheck;
  return {
    Test: test,
    ...nanoseconds("Interval", intervalMs),
    ...nanoseconds("Timeout", timeoutMs),
    ...(retries !== undefined && { Retries: retries }),
    ...nanoseconds("StartPeriod", startPeriodMs),
    ...nanoseconds("StartInterval", startIntervalMs),
  };
}

function nanoseconds(name: string, milliseconds: number | undefined): object {
  return milliseconds === undefined ? {} : { [name]: milliseconds * 1e6 };
}
