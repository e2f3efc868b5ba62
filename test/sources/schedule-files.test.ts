// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are among what is tested
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { emptyReading } from "../../src/definition/reading.ts";
import { formatProblem } from "../../src/job/problem.ts";
import { followSources } from "../../src/sources/catalog.ts";
import { PatientDisk } from "../../src/sources/disk.ts";
import { readText } from "../../src/sources/file-reader.ts";
import { scheduleFiles } from "../../src/sources/schedule-files.ts";
import type { Snapshot } from "../../src/sources/snapshot.ts";
import type { JobSource } from "../../src/sources/source.ts";
import { presentPaths } from "../../src/sources/text-files.ts";
import { checkSchedule } from "../definition/parse.ts";
import { aJob } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { untilItSucceeds } from "../support/until-it-succeeds.ts";
import { StepClock } from "./step-clock.ts";
import { StuckDisk } from "./stuck-disk.ts";

let folder: string;
let stop: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-files-"));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true });
});

const longAgo = new Date("2026-11-01T00:00:00Z");
const now = new Date("2026-11-18T12:00:00Z");

function job(name: string, minute = "0"): string {
  return `jobs:\n  ${name}:\n    schedule: "${minute} 3 * * *"\n    image: busybox\n`;
}

/** Written long ago, so that its modification time is reliable. */
async function write(file: string, text: string | Uint8Array, modifiedAt = longAgo): Promise<void> {
  await writeFile(join(folder, file), text);
  await utimes(join(folder, file), modifiedAt, modifiedAt);
}

function sourceOf(...paths: string[]) {
  const clock = new StepClock(now);
  const checked: string[] = [];
  const source = scheduleFiles({
    paths: paths.map((path) => join(folder, path)),
    variables: {},
    clock,
    defaultTimezone: "UTC",
    checkSchedule: (pattern) => {
      checked.push(pattern);
      return checkSchedule(pattern);
    },
  });
  return { source, clock, checked, load: () => source.load(stop.signal) };
}

async function namesIn(source: ReturnType<typeof sourceOf>): Promise<string[]> {
  return (await source.load()).jobs.map(({ name }) => name);
}

describe("what is read", () => {
  test("the yml and yaml files of a folder in the order of their names, and nothing else", async () => {
    await write("b.yml", job("b"));
    await write("a.yaml", job("a"));
    await write("notes.txt", "no yaml: [");
    await write(".hidden.yml", job("hidden"));
    expect(await namesIn(sourceOf("."))).toEqual(["a", "b"]);
  });

  test("a file that is named itself may have any name, and is read once however often it is named", async () => {
    await write("crontab", job("a"));
    await write("b.yml", job("b"));
    expect(await namesIn(sourceOf("crontab", ".", "b.yml"))).toEqual(["a", "b"]);
  });

  test("links are followed, as in mounted configs", async () => {
    await mkdir(join(folder, "..data"));
    await write("..data/nightly.yml", job("nightly"));
    await symlink("..data/nightly.yml", join(folder, "nightly.yml"));
    expect(await namesIn(sourceOf("."))).toEqual(["nightly"]);
  });

  test("relative bind paths start from the file's folder", async () => {
    await write("a.yml", `${job("a")}    volumes: ["./data:/data"]\n`);
    const { jobs } = await sourceOf("a.yml").load();
    expect(jobs).toMatchObject([{ template: { volumes: [{ source: join(folder, "data") }] } }]);
  });
});

describe("a reader for long texts", () => {
  const long = (minute: string) => `${job("long", minute)}#${"-".repeat(60_000)}\n`;

  test("reads those that have changed, and nothing at the start: until then no start can be late", async () => {
    const read: string[] = [];
    let open = 0;
    const source = scheduleFiles({
      paths: [folder],
      variables: {},
      clock: new StepClock(now),
      defaultTimezone: "UTC",
      checkSchedule,
      channels: () => undefined,
      openReader: () => {
        open++;
        const close = async () => {
          open--;
        };
        return {
          read: async (order) => {
            read.push(`${basename(order.path)} ${open}`);
            return readText(order, { checkSchedule, doubtSchedule: () => undefined, writeOut: (pattern) => pattern });
          },
          close,
        };
      },
    });
    const minutes = async () =>
      (await source.load(stop.signal)).jobs.map(({ name, schedules: [first] }) => `${name} ${first?.pattern}`);
    await write("long.yml", long("1"));
    await write("short.yml", job("short", "1"));
    expect(await minutes()).toEqual(["long 1 3 * * *", "short 1 3 * * *"]);
    expect(read).toEqual([]);
    const later = new Date("2026-11-02T00:00:00Z");
    await write("long.yml", long("2"), later);
    await write("short.yml", job("short", "2"), later);
    expect(await minutes()).toEqual(["long 2 3 * * *", "short 2 3 * * *"]);
    expect(read).toEqual(["long.yml 1"]);
    expect(open).toBe(0);
  });
});

describe("a file that was replaced behind a mount of it alone", () => {
  /** As a mount of one file does, this leads to the file even when its name is gone. */
  async function mounted(file: string) {
    const handle = await open(join(folder, file));
    return { mount: `/proc/self/fd/${handle.fd}`, [Symbol.asyncDispose]: () => handle.close() };
  }
  const saidOf = (path: string) =>
    `${path}: warning: it has been replaced, and the version before still counts: a mount of one file does not follow that ` +
    "(restart the container of the scheduler; mount the folder of the file in place of the file)";
  const settings = { variables: {}, defaultTimezone: "UTC", checkSchedule };

  test("keeps its jobs, and is said, as long as it is so", async () => {
    await write("a.yml", job("a"));
    await using file = await mounted("a.yml");
    const source = scheduleFiles({ ...settings, paths: [file.mount], clock: new StepClock(now) });
    expect((await source.load(stop.signal)).problems).toEqual([]);
    await write("new.yml", job("b"));
    await rename(join(folder, "new.yml"), join(folder, "a.yml"));
    for (const _ of [1, 2]) {
      const { jobs, problems, broken } = await source.load(stop.signal);
      expect([jobs.map(({ name }) => name), problems.map(formatProblem), broken]).toEqual([
        ["a"],
        [saidOf(file.mount)],
        [],
      ]);
    }
  });

  test("is said of a file with variables, too, and once", async () => {
    for (const name of ["a", "b"]) await write(`${name}.yml`, `${job(name)}    environment: {A: "\${A}"}\n`);
    await write("some.env", "A=1");
    await using file = await mounted("some.env");
    const paths = [join(folder, "a.yml"), join(folder, "b.yml")];
    const clock = new StepClock(now);
    const source = scheduleFiles({ ...settings, paths, envFiles: [file.mount], clock });
    expect((await source.load(stop.signal)).problems).toEqual([]);
    await unlink(join(folder, "some.env"));
    expect((await source.load(stop.signal)).problems.map(formatProblem)).toEqual([saidOf(file.mount)]);
  });

  test("wakes the scheduler", async () => {
    await write("a.yml", job("a"));
    await using file = await mounted("a.yml");
    const clock = new FakeClock(now);
    const source = scheduleFiles({ ...settings, paths: [file.mount], clock });
    await source.load(stop.signal);
    const wake = vi.fn();
    source.watch(wake, stop.signal);
    await unlink(join(folder, "a.yml"));
    await untilItSucceeds(async () => {
      await clock.advance(1000);
      expect(wake).toHaveBeenCalled();
    });
  });
});

describe("what cannot be read", () => {
  test("a configured path that does not exist makes the source fail", async () => {
    await write("a.yml", job("a"));
    await expect(sourceOf("a.yml", "missing").load()).rejects.toThrow("ENOENT");
  });

  test.each<[string, string, (path: string) => Promise<void>]>([
    [
      "a file that is not UTF-8",
      "the file is not UTF-8 text (save it as UTF-8)",
      (path) => writeFile(path, new Uint8Array([0xff, 0x41])),
    ],
    [
      "a file larger than 10 MB",
      "the file is larger than 10 MB (split it into several files)",
      async (path) => {
        await writeFile(path, "");
        await truncate(path, 10 * 1024 ** 2 + 1);
      },
    ],
    [
      "a link into nowhere",
      "the file cannot be read: there is no such file or folder",
      (path) => symlink("gone", path),
    ],
    [
      "a folder with a file's name",
      "the file cannot be read: it is not a file",
      async (path) => void (await mkdir(path)),
    ],
  ])("%s is a problem, and hides no other", async (_what, says, make) => {
    await write("good.yml", job("good"));
    const path = join(folder, "bad.yml");
    await make(path);
    const { jobs, problems, broken } = await sourceOf(".").load();
    expect(jobs.map(({ name }) => name)).toEqual(["good"]);
    expect(problems.map(formatProblem)).toEqual([`${path}: ${says}`]);
    expect(broken).toEqual([{ unit: path }]);
  });

  test.skipIf(process.getuid?.() === 0)("a file without permission is a problem", async () => {
    await write("bad.yml", job("bad"));
    await chmod(join(folder, "bad.yml"), 0);
    expect((await sourceOf(".").load()).problems[0]?.message).toBe("the file cannot be read: permission denied");
  });
});

describe("a second look", () => {
  test("does not parse again what has not changed", async () => {
    await write("a.yml", job("a", "1"));
    await write("b.yml", job("b", "2"));
    const files = sourceOf(".");
    await files.load();
    await write("b.yml", job("b", "30"));
    expect((await files.load()).jobs).toHaveLength(2);
    expect(files.checked).toEqual(["1 3 * * *", "2 3 * * *", "30 3 * * *"]);
  });

  test("sees a file that is gone from a folder as gone", async () => {
    await write("a.yml", job("a"));
    await write("b.yml", job("b"));
    const files = sourceOf(".");
    await files.load();
    await unlink(join(folder, "a.yml"));
    expect(await namesIn(files)).toEqual(["b"]);
  });

  test("sees a change that left size and time as they were, while the file is recent", async () => {
    await write("a.yml", job("a", "1"), now);
    const files = sourceOf("a.yml");
    await files.load();
    const { ino } = await stat(join(folder, "a.yml"));
    await write("a.yml", job("a", "2"), now);
    expect((await stat(join(folder, "a.yml"))).ino).toBe(ino);
    expect((await files.load()).jobs).toMatchObject([{ schedules: [{ pattern: "2 3 * * *" }] }]);
  });
});

describe("files that a schedule file refers to", () => {
  const withVariables = job("a").replace("busybox", "${IMAGE:-none}").concat("    env_file: a.env\n");
  const seen = async (files: ReturnType<typeof sourceOf>) => {
    const { jobs, problems } = await files.load();
    return [jobs.map(({ template }) => template), problems.length];
  };
  const template = (image: string, environment: object) => [expect.objectContaining({ image, environment })];

  test("are read with it, and again when they change, come or go", async () => {
    await write("a.yml", withVariables);
    await write("a.env", "A=1\n");
    const files = sourceOf(".");
    expect(await seen(files)).toEqual([template("none", { A: "1" }), 0]);
    await write("a.env", "A=20\n");
    await write(".env", "IMAGE=alpine\n");
    expect(await seen(files)).toEqual([template("alpine", { A: "20" }), 0]);
    await unlink(join(folder, "a.env"));
    expect(await seen(files)).toEqual([[], 1]);
    await write("a.env", "A=20\n");
    expect(await seen(files)).toEqual([template("alpine", { A: "20" }), 0]);
  });

  test("that have days in them are followed as well", async () => {
    await write("a.yml", job("a").concat("    except: ./days.txt\n"));
    await write("days.txt", "2026-12-24\n");
    const files = sourceOf(".");
    const days = async () => (await files.load()).jobs.map(({ exclusions }) => exclusions?.except);
    expect(await days()).toEqual(["2026-12-24"]);
    await write("days.txt", "2026-12-24..2026-12-26\n");
    expect(await days()).toEqual(["2026-12-24..2026-12-26"]);
    await write("days.txt", "Christmas\n");
    expect(await days()).toEqual([]);
  });

  test("wake when they change, come or go, and do not before", async () => {
    await write("a.yml", withVariables);
    await write("a.env", "A=1\n");
    const files = sourceOf(".");
    let woken = 0;
    files.source.watch(() => woken++, stop.signal);
    await files.load();
    await files.clock.step();
    expect(woken).toBe(0);
    for (const change of [
      () => write("a.env", "A=30\n"),
      () => write(".env", ""),
      () => unlink(join(folder, "a.env")),
    ]) {
      const before = woken;
      await change();
      await files.clock.step();
      expect(woken).toBe(before + 1);
      await files.load();
    }
  });
});

describe("watching", () => {
  const changes: [string, () => Promise<void>][] = [
    ["another text", () => write("a.yml", job("a", "10"))],
    ["a new time of change", () => write("a.yml", job("a", "1"), new Date("2026-11-02T00:00:00Z"))],
    ["a new file", () => write("b.yml", job("b"))],
    ["a file less", () => unlink(join(folder, "a.yml"))],
    [
      "another file in its place",
      async () => {
        await write("new", job("a", "2"));
        await rename(join(folder, "new"), join(folder, "a.yml"));
      },
    ],
    [
      "the folder gone",
      () =>
        rename(folder, `${folder}-moved`)
          .then(() => mkdir(folder))
          .then(() => rm(`${folder}-moved`, { recursive: true })),
    ],
  ];

  test.each(changes)("%s wakes within a second, and nothing does before", async (_what, change) => {
    await write("a.yml", job("a", "1"));
    const files = sourceOf(".");
    let woken = 0;
    files.source.watch(() => woken++, stop.signal);
    await files.load();
    await files.clock.step();
    await files.clock.step();
    expect(woken).toBe(0);
    await change();
    await files.clock.step();
    expect(woken).toBe(1);
    await files.load();
    await files.clock.step();
    expect(woken).toBe(1);
  });

  test("a recent file is read again until it can no longer change unnoticed", async () => {
    await write("a.yml", job("a"), now);
    const files = sourceOf(".");
    let woken = 0;
    files.source.watch(() => woken++, stop.signal);
    for (let second = 0; second < 6; second++) {
      await files.load();
      await files.clock.step();
    }
    expect(woken).toBe(3);
  });
});

test("a file that is broken as a whole comes with its text, which shows what it cannot declare", async () => {
  const broken = "jobs:\n  shop: {";
  await write("broken.yml", broken);
  await write("half.yml", "jobs:\n  shop:\n    schedule: 61 * * * *\n    image: busybox\n");
  await write("binary.yml", new Uint8Array([0xff, 0xfe]));
  const reading = await sourceOf(".").load();
  expect(reading.broken).toEqual([
    { unit: join(folder, "binary.yml") },
    { unit: join(folder, "broken.yml"), text: broken },
    { unit: join(folder, "half.yml"), job: "shop" },
  ]);
});

describe("a file system that does not answer", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => vi.useRealTimers());

  function stuckSource(...paths: string[]) {
    const clock = new StepClock(now);
    const stuck = new StuckDisk();
    const disk = new PatientDisk(clock, stuck);
    const time = { defaultTimezone: "UTC", checkSchedule };
    const source = scheduleFiles({
      ...time,
      paths: paths.map((path) => join(folder, path)),
      variables: {},
      clock,
      disk,
    });
    return { source, clock, stuck, load: () => source.load(stop.signal) };
  }

  /** Returns the result of the work when every hanging call has hung for 10 s, and all others were answered before. */
  async function afterTenSeconds<T>(stuck: StuckDisk, call: string, work: () => Promise<T>): Promise<T> {
    const result = work();
    result.catch(() => {});
    await untilItSucceeds(() => expect(stuck.calls).toContain(call));
    await stuck.atRest();
    vi.advanceTimersByTime(10_000);
    return result;
  }

  const since = "its file system has not answered since 2026-11-18T12:00:00.000Z, when it was asked for";

  test.each(["stat", "readFile"])(
    "for one file (%s) is a problem of that file, as long as it lasts the same",
    async (verb) => {
      await write("a.yml", job("a"));
      await write("b.yml", job("b"));
      const { load, stuck, source, clock } = stuckSource(".");
      const file = join(folder, "a.yml");
      stuck.stick((call) => call === `${verb} ${file}`);
      const reading = await afterTenSeconds(stuck, `${verb} ${file}`, load);
      expect(reading.jobs.map(({ name }) => name)).toEqual(["b"]);
      expect(reading.broken).toEqual([{ unit: file }]);
      const message = `the file cannot be read: ${since} ${file}`;
      expect(reading.problems.map(formatProblem)).toEqual([`${file}: ${message}`]);
      expect((await load()).problems).toEqual(reading.problems);
      expect(stuck.calls.filter((call) => call === `${verb} ${file}`)).toHaveLength(1);
      let wakes = 0;
      source.watch(() => wakes++, stop.signal);
      stuck.recover();
      await clock.step();
      await clock.step();
      expect(wakes).toBeGreaterThan(0);
      expect((await load()).jobs.map(({ name }) => name)).toEqual(["a", "b"]);
    },
  );

  test("makes the source fail for a configured path, which is read again once it answers", async () => {
    await write("a.yml", job("a"));
    const { load, stuck } = stuckSource("a.yml");
    const file = join(folder, "a.yml");
    stuck.stick(() => true);
    await expect(afterTenSeconds(stuck, `stat ${file}`, load)).rejects.toThrow(`${since} ${file}`);
    await expect(load()).rejects.toThrow(`${since} ${file}`);
    stuck.recover();
    await untilItSucceeds(async () => expect((await load()).jobs).toHaveLength(1));
  });

  test("does not keep the jobs of labels from being known, and is reported once", async () => {
    await write("a.yml", job("a"));
    const { source, stuck } = stuckSource("a.yml");
    stuck.stick(() => true);
    const labels: JobSource = {
      name: "containers",
      load: async () => ({ ...emptyReading, jobs: [aJob({ name: "labelled" })] }),
      watch: () => {},
    };
    const changes: Snapshot[] = [];
    const clock = new FakeClock(now);
    const onChange = (snapshot: Snapshot) => changes.push(snapshot);
    const file = join(folder, "a.yml");
    const follow = () => followSources({ sources: [source, labels], clock, onChange }, stop.signal);
    const snapshot = await afterTenSeconds(stuck, `stat ${file}`, follow);
    expect([...snapshot.jobs.keys()]).toEqual(["labelled"]);
    expect(snapshot.problems.map(({ message }) => message)).toEqual([`cannot be read now: ${since} ${file}`]);
    await clock.advance(60_000);
    expect(changes).toEqual([]);
    stuck.recover();
    await untilItSucceeds(async () => {
      await clock.advance(15_000);
      expect([...(changes.at(-1)?.jobs.keys() ?? [])]).toEqual(["a", "labelled"]);
    });
    expect(changes.at(-1)?.problems).toEqual([]);
  });

  test("at a default path counts as existing", async () => {
    const stuck = new StuckDisk();
    const paths = [join(folder, "stuck"), join(folder, "missing"), folder];
    stuck.stick((call) => call.endsWith("stuck"));
    const present = () => presentPaths(paths, new PatientDisk(new StepClock(now), stuck));
    expect(await afterTenSeconds(stuck, `stat ${folder}`, present)).toEqual([paths[0], folder]);
  });
});

test("on a Swarm, the file of a secret is missed until it exists, and is not read for that", async () => {
  await write("jobs.yml", `secrets: { f: { file: ./password } }\n${job("a")}    secrets: [f]\n`);
  const source = scheduleFiles({
    paths: [folder],
    variables: {},
    engine: "service",
    clock: new StepClock(now),
    defaultTimezone: "UTC",
    checkSchedule,
  });
  const missing = await source.load(stop.signal);
  expect(missing.jobs).toEqual([]);
  expect(missing.problems.map(formatProblem)).toEqual([
    `${join(folder, "jobs.yml")}:1:23: secrets.f.file names ./password, which cannot be read: there is no such file or folder (relative paths start from the schedule file's folder)`,
  ]);
  // Without a text, which does not matter where the question is only whether it exists.
  await write("password", new Uint8Array([0xff, 0xfe, 0x00]));
  expect(await source.load(stop.signal)).toMatchObject({ jobs: [{ name: "a" }], problems: [] });
  await unlink(join(folder, "password"));
  expect(await source.load(stop.signal)).toMatchObject({ jobs: [], problems: [expect.anything()] });
});

test("other channels are looked up again for names that stand in files which have not changed", async () => {
  await writeFile(join(folder, "a.yml"), "jobs: { a: { schedule: '@daily', image: x, notify: pager } }\n");
  let channels: ReadonlySet<string> = new Set(["ops-chat"]);
  const source = scheduleFiles({
    ...{ paths: [folder], clock: new FakeClock(new Date()), defaultTimezone: "UTC", checkSchedule, variables: {} },
    channels: () => channels,
  });
  const says = async () => (await source.load(stop.signal)).problems.map(formatProblem);
  expect(await says()).toEqual([expect.stringContaining('notify names "pager", and there is no such channel')]);
  channels = new Set(["ops-chat", "pager"]);
  expect(await says()).toEqual([]);
});
