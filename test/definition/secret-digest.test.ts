import { scryptSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { SecretDigests } from "../../src/definition/secret-digest.ts";
import { scheduleFiles } from "../../src/sources/schedule-files.ts";
import { checkSchedule } from "./parse.ts";

test("a digest is what earlier versions have put into names and hashes", async () => {
  const digest = scryptSync("hunter2", "shipbell", 8).toString("hex");
  expect(await new SecretDigests().of("hunter2")).toBe(digest);
  expect(await new SecretDigests().of(Buffer.from("hunter2"))).toBe(digest);
});

test("a secret that was seen before has its digest at once", async () => {
  const digests = new SecretDigests();
  expect(digests.known("hunter2")).toBeUndefined();
  const digest = await digests.of("hunter2");
  expect(digests.known("hunter2")).toBe(digest);
  expect(digests.known("hunter3")).toBeUndefined();
});

test("no secret can be found in what is kept of it", async () => {
  const digests = new SecretDigests();
  await digests.of("hunter2");
  const [a, b] = [new SecretDigests(), new SecretDigests()];
  expect(await a.of("hunter2")).toBe(await b.of("hunter2"));
  expect(JSON.stringify(digests)).not.toContain("hunter2");
});

/** Turns of the event loop: others work in each of them. */
async function countTurns(work: Promise<unknown>): Promise<number> {
  let isOver = false;
  const end = work.finally(() => {
    isOver = true;
  });
  let turns = 0;
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  await end;
  return turns;
}

test("while many secrets of a file are worked out, the event loop goes on; read again, none is worked out again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shipbell-secrets-"));
  try {
    const secrets = Array.from({ length: 12 }, (_, n) => `  s${n}: { environment: S${n} }\n`).join("");
    const path = join(folder, "jobs.yml");
    const text = `secrets:\n${secrets}jobs:\n  a: { schedule: '@daily', image: x, secrets: [s1, s2] }\n`;
    await writeFile(path, text);
    const variables = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`S${n}`, `hunter${n}`]));
    const source = scheduleFiles({
      paths: [path],
      variables,
      clock: systemClock,
      defaultTimezone: "UTC",
      checkSchedule,
    });
    const load = () => source.load(new AbortController().signal);
    // Whatever the file system takes: a turn at least for each.
    expect(await countTurns(load())).toBeGreaterThan(24);
    const { jobs } = await load();
    const [first] = jobs[0]?.template.kind === "compose" ? jobs[0].template.secrets : [];
    expect(first?.content).toMatchObject({ digest: scryptSync("hunter1", "shipbell", 8).toString("hex") });
    await writeFile(path, `${text}\n`);
    const before = process.cpuUsage();
    await load();
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(12 * 20_000);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
