import { expect, test } from "vitest";
import { formatProblem } from "../../src/jobs/problem.ts";
import { goodImages, refusedCases } from "./engine-refuses.ts";
import { parse } from "./parse.ts";

const read = (keys: object) =>
  parse(JSON.stringify({ jobs: { job: { schedule: "@daily", image: "busybox", ...keys } } }));

test.each(refusedCases)("$what is a problem before a run is due", ({ keys }) => {
  expect(read(keys)).toMatchObject({ jobs: [], problems: [expect.anything()] });
});

test.each(goodImages)("the image %s is none", (image) => expect(read({ image }).problems).toEqual([]));

test.each([
  [
    "node:4 -v /a:/b",
    "write image: node:4 alone; what docker run takes as options are keys of their own, such as volumes",
  ],
  ["--rm node:4", "a name has no spaces; what docker run takes as options are keys of their own, such as volumes"],
  ["Registry.example/Team/App:1", "a repository has no capitals: write Registry.example/team/app:1"],
  ["Team/App", "a repository has no capitals: write team/app"],
  ["BusyBox", "a repository has no capitals: write busybox"],
  ["https://registry.example/app", "write registry.example/app"],
  ["busybox@sha256:abc", "a digest is sha256: and 64 hexadecimal digits"],
  ["busybox:", "leave out the colon, or write a tag after it"],
  ["busybox:a+b", "a tag has letters, digits, _ . and -, and at most 128 of them"],
])("of the image %s is said what to write", (image, hint) => {
  expect(read({ image }).problems.map((problem) => problem.hint)).toEqual([hint]);
});

test.each([
  "net.core.somaxconn",
  "net/ipv4/ip_forward",
  "kernel.shmmax",
  "kernel.msgmni",
  "kernel.sem",
  "fs.mqueue.msg_max",
])("the sysctl %s is a container's own", (name) => expect(read({ sysctls: { [name]: "1" } }).problems).toEqual([]));

test.each(["/a:size=64m,mode=1777,noexec", "/a:uid=1,gid=2,nr_inodes=1k", "/a:rw,rprivate", "/a"])(
  "a tmpfs may be %s",
  (tmpfs) => expect(read({ tmpfs }).problems.map(formatProblem)).toEqual([]),
);
