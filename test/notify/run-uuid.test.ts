import { expect, it } from "vitest";
import { runUuid } from "../../src/notify/run-uuid.ts";

it("the ID of a run for its check is a UUID of version 5, and follows from instance and run", () => {
  const id = runUuid("shipbell", "backup-20261118t030000z");
  // By `uuid.uuid5(uuid.UUID("5d8c1a52-7d0e-4f0b-9c3e-2f6b1f0c9e47"), "shipbell/backup-20261118t030000z")` of Python.
  expect(id).toBe("cdb19886-072b-51e7-9643-562eab31b08a");
  expect(runUuid("shipbell", "backup-20261118t030000z")).toBe(id);
  expect(runUuid("other", "backup-20261118t030000z")).not.toBe(id);
});
