import * as z from "zod";
import type { Healthcheck } from "../../job/job.ts";
import { bool, duration, listOf, mapOf, positiveDuration, wholeNumber } from "../values/fields.ts";
import { mustBe, quoted } from "../values/issue.ts";

const FORMS = ["NONE", "CMD", "CMD-SHELL"];

/** After `CMD` stands a program, after `CMD-SHELL` what a shell runs. */
function hasCommand([form = "", first = ""]: readonly string[]): boolean {
  return !form.startsWith("CMD") || first.trim() !== "";
}

const NO_COMMAND = { error: "names no command", params: { hint: "write what is to be run after CMD or CMD-SHELL" } };

const test = z.union(
  [
    z
      .string()
      .transform((line): readonly string[] => ["CMD-SHELL", line])
      .refine(hasCommand, NO_COMMAND),
    listOf(z.string(), "a list")
      .refine(([first = ""]) => FORMS.includes(first), {
        error: ({ input }) => `must begin with CMD, CMD-SHELL or NONE, not ${quoted((input as readonly unknown[])[0])}`,
      })
      .refine(hasCommand, NO_COMMAND),
  ],
  { error: (issue) => mustBe("a command, or a list that begins with CMD, CMD-SHELL or NONE", issue.input) },
);

const healthcheckKeys = {
  test: test.nullish(),
  interval: positiveDuration.nullish(),
  timeout: positiveDuration.nullish(),
  retries: wholeNumber(1, 1000).nullish(),
  start_period: duration.nullish(),
  start_interval: positiveDuration.nullish(),
  disable: bool.nullish(),
};

/**
 * `healthcheck`. A run has none, not even its image's, unless its own test is written: undefined where that was only
 * switched off once more.
 */
export const healthcheck = mapOf(healthcheckKeys, "a map with test, interval and the like")
  .refine(({ test, disable }) => test != null || disable === true, {
    error: "has no test, and the image's own is not used in runs",
    params: { hint: "write the test, or disable: true, or leave it out" },
  })
  .transform(({ test, interval, timeout, retries, start_period, start_interval, disable }): Healthcheck | undefined => {
    if (disable === true || test == null || test[0] === "NONE") return undefined;
    return {
      test,
      ...(interval != null && { intervalMs: interval }),
      ...(timeout != null && { timeoutMs: timeout }),
      ...(retries != null && { retries }),
      ...(start_period != null && { startPeriodMs: start_period }),
      ...(start_interval != null && { startIntervalMs: start_interval }),
    };
  });

export const HEALTHCHECK_KEYS: readonly string[] = Object.keys(healthcheckKeys);
