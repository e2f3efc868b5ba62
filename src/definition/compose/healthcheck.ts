import * as z from "zod";
import type { Healthcheck } from "../../job/job.ts";
import { duration, positiveDuration } from "../values/duration-field.ts";
import { bool, listOf, mapOf, wholeNumber } from "../values/fields.ts";
import { mustBe, quoted } from "../values/issue.ts";
import type { KeyGroup } from "./key-group.ts";

const FORMS = ["NONE", "CMD", "CMD-SHELL"];
const NO_COMMAND = { error: "names no command", params: { hint: "write what is to be run after CMD or CMD-SHELL" } };

/** `CMD` is followed by a program and its words, `CMD-SHELL` by what a shell runs. */
function hasCommand([form = "", first = ""]: readonly string[]): boolean {
  return !form.startsWith("CMD") || first.trim() !== "";
}

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
 * A run has no health check, not even its image's, unless the job has a test of its own. Undefined where the key only
 * disables it.
 */
const map = mapOf(healthcheckKeys, "a map with test, interval and the like")
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

/** How the engine finds out whether a run is healthy. */
export const healthcheckGroup = {
  keys: { healthcheck: map.nullish() },
  inner: { healthcheck: Object.keys(healthcheckKeys) },
} satisfies KeyGroup;
