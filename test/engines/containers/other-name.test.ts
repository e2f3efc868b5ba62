import { describe, expect, it } from "vitest";
import { otherName } from "../../../src/engines/swarm/prepare-service.ts";
import { objectName, runId } from "../../../src/job/names.ts";
import { anAttemptOrder } from "../../support/a-job.ts";

const scheduled = (time: string) => ({ trigger: "schedule", scheduledAt: new Date(`2026-11-18T${time}Z`) }) as const;
const nameOf = (job: string, time: string, attempt = 1) => objectName("shipbell", runId(job, scheduled(time)), attempt);

describe("the second name of a service whose own is taken", () => {
  it.each(["backup", "x".repeat(63)])("tells occurrences, attempts and definitions of %s apart", (job) => {
    const names = [
      anAttemptOrder({ objectName: nameOf(job, "03:00:00") }),
      anAttemptOrder({ objectName: nameOf(job, "03:05:00") }),
      anAttemptOrder({ objectName: nameOf(job, "03:00:00", 2) }),
      anAttemptOrder({ objectName: nameOf(job, "03:00:00"), definition: "d2" }),
    ].map(otherName);
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^(?=.{1,63}$)[a-z0-9](?:[-_]*[a-z0-9]+)*$/);
  });
});
