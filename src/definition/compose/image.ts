import type { PullPolicy } from "../../job/job.ts";
import { parseDuration } from "./duration.ts";
import { scalar } from "./fields.ts";

const DAY_MS = 86_400_000;

const WORDS: ReadonlyMap<string, PullPolicy> = new Map<string, PullPolicy>([
  ["always", "always"],
  ["missing", "missing"],
  ["if_not_present", "missing"],
  ["never", "never"],
  ["daily", { everyMs: DAY_MS }],
  ["weekly", { everyMs: 7 * DAY_MS }],
]);

/** `pull_policy`: a word of Compose's, or `every_` and a duration. */
export const pullPolicy = scalar({
  expected: "always, missing, never, daily, weekly, or every_ with a duration such as every_6h",
  read: (written): PullPolicy | undefined => WORDS.get(written) ?? readEvery(written),
  hint: (written) => {
    if (written === "build") return "shipbell builds no images: build it beforehand, and write missing or never";
    return /^every_\d+$/.test(written) ? `with its unit: ${written}h for hours` : undefined;
  },
});

function readEvery(written: string): PullPolicy | undefined {
  const everyMs = written.startsWith("every_") ? parseDuration(written.slice("every_".length)) : undefined;
  return everyMs ? { everyMs } : undefined;
}
