import { open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { PatientDisk } from "../../src/sources/disk.ts";
import { lookAt } from "../../src/sources/text-files.ts";

it("a file that no folder has any longer looks so, and looks changed", async () => {
  const path = join(tmpdir(), `shipbell-detached-${process.pid}`);
  await writeFile(path, "jobs: {}");
  const file = await open(path);
  try {
    // As a mount of one file does, this still leads to it when its name is gone.
    const mount = `/proc/self/fd/${file.fd}`;
    const disk = new PatientDisk(systemClock);
    const before = await lookAt(mount, disk);
    expect(before.isDetached).toBeUndefined();
    await rm(path);
    const after = await lookAt(mount, disk);
    expect(after.isDetached).toBe(true);
    expect(after.version).not.toBe(before.version);
  } finally {
    await file.close();
  }
});
