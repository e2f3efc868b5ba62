import { expect, it } from "vitest";
import { formatProblem } from "../../src/job/problem.ts";
import { ChannelsFile } from "../../src/notify/channels-file.ts";
import { at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";

const PATH = "/etc/shipbell/channels.yml";
const SECRET = "/run/secrets/slack";

/** Files that a test changes; each read is counted. */
function someFiles(files: Record<string, string>) {
  const reads: string[] = [];
  const detached = new Set<string>();
  const lookAt = async (path: string) => ({
    version: `${files[path] ?? "missing"} ${detached.has(path)}`,
    isDetached: detached.has(path),
    read: async () => {
      reads.push(path);
      const text = files[path];
      const problem = { at: path, message: "the file cannot be read: there is no such file or folder" };
      return text === undefined ? { problem } : { text };
    },
  });
  return { files, detached, reads, lookAt };
}

async function followed(files: Record<string, string>, ...detached: readonly string[]) {
  const clock = new FakeClock(at("12:00"));
  const disk = someFiles(files);
  for (const path of detached) disk.detached.add(path);
  const file = await ChannelsFile.open({ path: PATH, lookAt: disk.lookAt, clock });
  const told: (readonly string[])[] = [];
  const stop = new AbortController();
  void file.follow((problems) => told.push(problems.map(formatProblem)), stop.signal);
  const names = () => [...file.channels.byName.values()].map(({ name, address }) => `${name} ${address}`);
  return { ...disk, file, told, names, wait: () => clock.advance(2000) };
}

const slack = (name: string) => `channels: {${name}: {kind: slack, url_file: ${SECRET}}}`;

it("a new version counts within two seconds", async () => {
  const { files, names, wait } = await followed({ [PATH]: slack("ops"), [SECRET]: "https://a.example/x" });
  expect(names()).toEqual(["ops https://a.example/…"]);
  files[PATH] = slack("night");
  await wait();
  expect(names()).toEqual(["night https://a.example/…"]);
});

it("so does a new secret, although the file that names it is the same", async () => {
  const { files, names, wait, told } = await followed({ [PATH]: slack("ops"), [SECRET]: "https://a.example/x" });
  await wait();
  files[SECRET] = "https://b.example/x";
  await wait();
  expect(names()).toEqual(["ops https://b.example/…"]);
  expect(told.flat()).toEqual([]);
});

it("nothing is read again while nothing changes", async () => {
  const { reads, wait } = await followed({ [PATH]: slack("ops"), [SECRET]: "https://a.example/x" });
  await wait();
  const before = reads.length;
  for (let i = 0; i < 10; i++) await wait();
  expect(reads).toHaveLength(before);
});

it("a version that is wrong changes nothing and says why, until it is right", async () => {
  const { files, names, wait, told } = await followed({ [PATH]: slack("ops"), [SECRET]: "https://a.example/x" });
  await wait();
  files[PATH] = "channels: {ops: {kind: slak}}";
  await wait();
  expect(names()).toEqual(["ops https://a.example/…"]);
  expect(told.at(-1)).toEqual([expect.stringContaining("(did you mean slack?)")]);
  files[PATH] = slack("ops");
  await wait();
  expect(told.at(-1)).toEqual([]);
});

it("a secret that vanishes is a problem, and what was good last stays", async () => {
  const { files, names, wait, told } = await followed({ [PATH]: slack("ops"), [SECRET]: "https://a.example/x" });
  await wait();
  delete files[SECRET];
  await wait();
  expect(names()).toEqual(["ops https://a.example/…"]);
  expect(told.at(-1)).toEqual([expect.stringContaining("channels.ops.url_file names a file that cannot be used")]);
});

it("a file that is wrong at the start is an error with everything that is wrong with it", async () => {
  await expect(followed({ [PATH]: "channels: {Ops: {kind: slack}, two: {kind: slak}}" })).rejects.toThrow(
    /this cannot name a channel.*\n.*did you mean slack/,
  );
  await expect(followed({})).rejects.toThrow("there is no such file or folder");
});

it.each([PATH, SECRET])(
  "that %s was replaced behind a mount of one file is said, as long as it is so",
  async (path) => {
    const { detached, told, wait } = await followed({ [PATH]: slack("ops"), [SECRET]: "https://a.example/x" });
    await wait();
    detached.add(path);
    await wait();
    expect(told.at(-1)).toEqual([
      `${path}: warning: it has been replaced, and the version before still counts: a mount of one file does not follow that ` +
        "(restart the container of the scheduler; mount the folder of the file in place of the file)",
    ]);
    detached.delete(path);
    await wait();
    expect(told.at(-1)).toEqual([]);
  },
);

it("nothing is said where a file system says so of all files", async () => {
  const { files, told, wait } = await followed({ [PATH]: slack("ops"), [SECRET]: "https://a.example/x" }, PATH);
  files[PATH] = slack("night");
  await wait();
  expect(told.flat()).toEqual([]);
});
