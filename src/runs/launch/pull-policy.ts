import type { AttemptOrder, Rejection } from "../../engines/engine.ts";
import type { PullPolicy } from "../../job/job.ts";
import type { JobRecord, PullSeen } from "../../ledger/record.ts";

/**
 * The image that is to be pulled before an attempt of this order is prepared, whether the engine has it or not;
 * undefined where there is none. Pure.
 */
export function imageDue({ template }: AttemptOrder, last: PullSeen | undefined, now: Date): string | undefined {
  if (template.kind !== "compose") return undefined;
  const { image, pullPolicy = "missing" } = template;
  if (typeof pullPolicy === "string") return pullPolicy === "always" ? image : undefined;
  const isFresh = last?.image === image && last.at <= now && now.getTime() - last.at.getTime() < pullPolicy.everyMs;
  return isFresh ? undefined : image;
}

/** Why an image that the engine does not have must not be pulled; undefined where it may be. */
export function mustNotPull({ template }: AttemptOrder, { image, message }: MissingImage): Rejection | undefined {
  if (policyOf({ template }) !== "never") return undefined;
  const words = `the engine has no image ${image}, and pull_policy is never (${message})`;
  return { kind: "rejected", reason: "image-missing", message: words };
}

interface MissingImage {
  readonly image: string;
  readonly message: string;
}

/** The record, with when the image was pulled: only where the policy wants to know. */
export function notePull(
  record: JobRecord | undefined,
  order: AttemptOrder,
  pulled: PullSeen | undefined,
): JobRecord | undefined {
  if (record === undefined || pulled === undefined || typeof policyOf(order) !== "object") return record;
  return { ...record, pulled };
}

function policyOf({ template }: Pick<AttemptOrder, "template">): PullPolicy | undefined {
  return template.kind === "compose" ? template.pullPolicy : undefined;
}
