import { expect, it } from "vitest";
import { AuthFile } from "../../../src/http/access/follow-auth-file.ts";
import { formatProblem, type Problem } from "../../../src/job/problem.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** A file that a test changes. */
function aFile(text: string) {
  const file = { text, version: 1, problem: undefined as Problem | undefined, reads: 0 };
  const look = async () => ({
    version: String(file.version),
    read: async () => {
      file.reads++;
      return file.problem === undefined ? { text: file.text } : { problem: file.problem };
    },
  });
  const write = (next: string) => Object.assign(file, { text: next, version: file.version + 1 });
  return { file, look, write };
}

async function followed(text: string) {
  const clock = new FakeClock(at("12:00"));
  const { file, look, write } = aFile(text);
  const auth = await AuthFile.open({ path: "auth.yml", look, clock });
  const told: (readonly string[])[] = [];
  const stop = new AbortController();
  void auth.follow((problems) => told.push(problems.map(formatProblem)), stop.signal);
  return { auth, file, write, told, stop, wait: () => clock.advance(2000) };
}

it("a new version counts within two seconds, and the file is read only when it has changed", async () => {
  const { auth, write, wait, told, file } = await followed("anonymous: none");
  expect(auth.rules.anonymous).toBe("none");
  await wait();
  expect(file.reads).toBe(1);
  write("anonymous: read");
  await wait();
  expect([auth.rules.anonymous, file.reads, told]).toEqual(["read", 2, [[]]]);
});

it("a wrong version changes nothing and says why, until it is right", async () => {
  const { auth, write, wait, told } = await followed("anonymous: none");
  write("anonymous: everyone");
  await wait();
  expect(auth.rules.anonymous).toBe("none");
  write("anonymous: status");
  await wait();
  expect(auth.rules.anonymous).toBe("status");
  expect(told).toEqual([['auth.yml:1:12: anonymous must be one of none, status, read, operate, not "everyone"'], []]);
});

it("a file that cannot be read changes nothing, and is tried again without a change to it", async () => {
  const { auth, file, write, wait, told } = await followed("anonymous: none");
  write("anonymous: read");
  file.problem = { at: "auth.yml", message: "the file cannot be read: EIO" };
  await wait();
  expect(auth.rules.anonymous).toBe("none");
  file.problem = undefined;
  await wait();
  expect(auth.rules.anonymous).toBe("read");
  expect(told).toEqual([["auth.yml: the file cannot be read: EIO"], []]);
});

it("a first version that is wrong is none: all that is wrong with it is said", async () => {
  const { look } = aFile("anonymous: everyone\nmetrics: closed");
  const opened = AuthFile.open({ path: "auth.yml", look, clock: new FakeClock(at("12:00")) });
  await expect(opened).rejects.toThrow(/^auth\.yml:1:12: anonymous must be .*\nauth\.yml:2:10: metrics must be /);
});

it("lets nobody overlook that everyone may start jobs", async () => {
  const { auth, write, wait } = await followed("anonymous: operate");
  expect(auth.warnings).toEqual([expect.objectContaining({ at: "auth.yml", severity: "warning" })]);
  write("anonymous: read");
  await wait();
  expect(auth.warnings).toEqual([]);
});
