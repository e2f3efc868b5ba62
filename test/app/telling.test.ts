import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkOf } from "../../src/app/telling.ts";
import { aJob, at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";

const clock = new FakeClock(at("03:00"));
const url = "https://hc-ping.com/5f1c9a72";
const declares = (healthchecks: { url?: string; urlFile?: string }) =>
  aJob({ telling: { notify: [], healthchecks: { ...healthchecks, output: false } } });

describe("the check of a job", () => {
  it("is the one that it declares now", async () => {
    expect(await checkOf({ job: declares({ url }), record: {} }, clock)).toEqual({ url, output: false });
    const urlFile = join(tmpdir(), `shipbell-check-${process.pid}`);
    await writeFile(urlFile, `${url}\n`);
    expect(await checkOf({ job: declares({ urlFile }), record: {} }, clock)).toEqual({ url, output: false });
  });

  it("is none where the job has none any longer, or is gone", async () => {
    expect(await checkOf({ job: aJob(), record: {} }, clock)).toBeUndefined();
    expect(await checkOf({ job: undefined, record: { removedAt: at("02:00") } }, clock)).toBeUndefined();
    expect(await checkOf({ job: undefined, record: undefined }, clock)).toBeUndefined();
  });

  it("is not known while the file that declares the job, or the one with its address, cannot be read: its ping waits", async () => {
    await expect(checkOf({ job: undefined, record: {} }, clock)).rejects.toThrow("cannot be read");
    await expect(checkOf({ job: declares({ urlFile: "/nowhere/check" }), record: {} }, clock)).rejects.toThrow();
  });
});
