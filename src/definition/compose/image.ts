import type { PullPolicy } from "../../job/job.ts";
import { parseDuration } from "../values/duration.ts";
import { matching, scalar } from "../values/fields.ts";
import { isImageReference, meantImage } from "../values/image-reference.ts";
import { isText, type KeyGroup } from "./key-group.ts";

const name = scalar({
  expected: "an image such as busybox:1.36",
  read: (written) => (isImageReference(written.trim()) ? written.trim() : undefined),
  hint: (written) =>
    written.trim() === "TODO"
      ? "import did not know it: write the image that has the command"
      : meantImage(written.trim()),
  forms: [matching(/^\s*[a-zA-Z0-9[]\S*\s*$/)],
});

const DAY_MS = 86_400_000;

const PULL_POLICIES: ReadonlyMap<string, PullPolicy> = new Map<string, PullPolicy>([
  ["always", "always"],
  ["missing", "missing"],
  ["if_not_present", "missing"],
  ["never", "never"],
  ["daily", { everyMs: DAY_MS }],
  ["weekly", { everyMs: 7 * DAY_MS }],
]);

/** One of Compose's words, or `every_` with a duration. */
const pullPolicy = scalar({
  expected: "always, missing, never, daily, weekly, or every_ with a duration such as every_6h",
  read: (written): PullPolicy | undefined => PULL_POLICIES.get(written) ?? readEvery(written),
  hint: (written) => {
    if (written === "build") return "shipbell builds no images: build it beforehand, and write missing or never";
    return /^every_\d+$/.test(written) ? `with its unit: ${written}h for hours` : undefined;
  },
});

function readEvery(written: string): PullPolicy | undefined {
  const everyMs = written.startsWith("every_") ? parseDuration(written.slice("every_".length)) : undefined;
  return everyMs ? { everyMs } : undefined;
}

const platform = scalar({
  expected: "OS/ARCHITECTURE such as linux/arm64",
  read: (written) => (/^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/.test(written) ? written : undefined),
  hint: (written) => (/^[a-z0-9_]+$/.test(written) ? "write the system too, such as linux/amd64" : undefined),
});

/** Which image is run, when it is pulled, and for which platform. */
export const imageGroup = {
  keys: { image: name, pull_policy: pullPolicy.nullish(), platform: platform.nullish() },
  support: [
    {
      key: "pull_policy",
      service: {
        why: "each node of a Swarm pulls by itself what it runs, whenever it runs it",
        instead: "leave it out, or write missing or always",
        of: (value) => !(isText(value) && ["always", "missing", "if_not_present"].includes(value)),
      },
    },
    {
      key: "platform",
      service: {
        why: "a Swarm knows no variants of an architecture",
        instead: "leave the variant out, or choose nodes by a label",
        of: (value) => isText(value) && value.split("/").length > 2 && !value.endsWith("/arm64/v8"),
      },
    },
  ],
} satisfies KeyGroup;
