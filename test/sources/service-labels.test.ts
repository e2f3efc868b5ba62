import { expect, test } from "vitest";
import type { LabelledObject } from "../../src/definition/labels/labelled-object.ts";
import { serviceLabels } from "../../src/sources/labelled-objects.ts";
import { emptySnapshot, mergeReadings } from "../../src/sources/snapshot.ts";
import { anObject } from "../definition/labels/labels.ts";
import { checkSchedule } from "../definition/parse.ts";

const nightly = { schedule: "0 3 * * *" };

function source(listLabelled: () => Promise<readonly LabelledObject[]>) {
  const settings = { defaultTimezone: "UTC", checkSchedule, instance: "shipbell" };
  return serviceLabels({ ...settings, listLabelled, watchObjects: () => {} });
}

const load = (...objects: LabelledObject[]) => source(async () => objects).load(new AbortController().signal);
const aService = (labels: Record<string, string>, change: Partial<LabelledObject>) =>
  anObject(labels, { kind: "service", ...change });

test("older services come first: of two with the same name, the first counts", async () => {
  const { jobs } = await load(
    aService(nightly, { name: "Shop_backup", createdAt: new Date("2026-11-18T12:00:00Z") }),
    aService(nightly, { name: "shop_backup", createdAt: new Date("2026-11-17T12:00:00Z") }),
  );
  expect(jobs.map(({ origin }) => origin.unit)).toEqual(["shop_backup", "Shop_backup"]);
});

test("a Swarm that does not answer makes the source fail", async () => {
  const failing = source(() => Promise.reject(new Error("no leader")));
  await expect(failing.load(new AbortController().signal)).rejects.toThrow("no leader");
});

test("misplaced labels are a problem that leaves nothing unread", async () => {
  const reading = await load(
    aService(nightly, { name: "shop_backup" }),
    aService({}, { name: "shop_web", misplaced: ["shipbell.schedule"] }),
  );
  const snapshot = mergeReadings(emptySnapshot, [{ source: "services", reading }]);
  expect([...snapshot.jobs.keys()]).toEqual(["shop_backup"]);
  expect(snapshot).toMatchObject({
    unread: [],
    problems: [
      {
        source: "services",
        at: "service shop_web",
        message: "shipbell.schedule is a label of the service's containers, where no scheduler reads it",
      },
    ],
  });
});
