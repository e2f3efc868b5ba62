import { describe, expect, test } from "vitest";
import { formatProblem } from "../../../src/job/problem.ts";
import { parse } from "../parse.ts";
import { goodImages, refusedCases } from "./engine-refuses.ts";

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
  ["registry.example:99999/app", "the port of a registry is 1 to 65535"],
  ["localhost:65536/app", "the port of a registry is 1 to 65535"],
  ["registry.example:0/team/app:1", "the port of a registry is 1 to 65535"],
  ["[::1]:70000/app", "the port of a registry is 1 to 65535"],
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

test.each([
  [{ command: [""], entrypoint: "sh -c" }, []],
  [{ entrypoint: [""], command: "true" }, []],
  [{ entrypoint: "", command: ["true", ""] }, []],
  [
    { command: [""] },
    [
      "jobs.yml:1:65: warning: command begins with an empty word, which is no program (name the program, or leave command out for the image's own)",
    ],
  ],
])("an empty word in %j: %j", (keys, says) => expect(read(keys).problems.map(formatProblem)).toEqual(says));

test.each([[""], [" "]])("launch: exec with the command [%j] is a problem", (word) => {
  const keys = {
    schedule: "@daily",
    launch: "exec",
    container: "web",
    command: [word],
  };
  expect(parse(JSON.stringify({ jobs: { job: keys } })).problems.map(({ message }) => message)).toEqual([
    "command begins with an empty word, which is no program",
  ]);
});

test.each([[[]], [["CMD"]], [["CMD", ""]], [["CMD-SHELL", " "]], [""]])(
  "a healthcheck with the test %j names no command",
  (test) => {
    expect(read({ healthcheck: { test } })).toMatchObject({ jobs: [], problems: [expect.anything()] });
  },
);

describe("what a network is declared with", () => {
  const network = (keys: string, job = "") =>
    parse(
      `networks: { n: { ${keys} } }\njobs: { job: { schedule: "@daily", image: busybox, networks: { n: { ${job} } } } }`,
    ).problems.map(({ message }) => message);
  const pool = (keys: string) => `ipam: { config: [{ ${keys} }] }`;

  test.each([
    ["driver: foo bar", 'networks.n.driver must be the name of a driver such as local or bridge, not "foo bar"'],
    ["driver: “bridge”", 'networks.n.driver must be the name of a driver such as local or bridge, not "“bridge”"'],
    ["ipam: { driver: a b }", 'networks.n.ipam.driver must be the name of a driver such as local or bridge, not "a b"'],
    [
      pool("subnet: 10.5.0.0/16, gateway: 10.6.0.1"),
      'networks.n.ipam.config.gateway "10.6.0.1" is not in the subnet "10.5.0.0/16"',
    ],
    [
      pool("subnet: 10.5.0.0/16, ip_range: 10.4.0.0/15"),
      'networks.n.ipam.config.ip_range "10.4.0.0/15" is not in the subnet "10.5.0.0/16"',
    ],
    [
      pool("subnet: 10.5.0.0/16, aux_addresses: { host: 10.6.0.9 }"),
      'networks.n.ipam.config.aux_addresses.host "10.6.0.9" is not in the subnet "10.5.0.0/16"',
    ],
    [
      pool("subnet: 10.5.0.0/16, aux_addresses: { host: soon }"),
      'networks.n.ipam.config.aux_addresses.host must be an address such as 10.5.0.2, not "soon"',
    ],
    [
      pool('subnet: "fd00:1::/64", gateway: "fd00:2::1"'),
      'networks.n.ipam.config.gateway "fd00:2::1" is not in the subnet "fd00:1::/64"',
    ],
    [
      pool('subnet: 10.5.0.0/16, gateway: "fd00::1"'),
      'networks.n.ipam.config.gateway "fd00::1" is not in the subnet "10.5.0.0/16"',
    ],
    [pool("gateway: 10.6.0.1"), 'networks.n.ipam.config.gateway "10.6.0.1" is given without its subnet'],
    [
      pool("subnet: 10.5.1.2/16"),
      'networks.n.ipam.config.subnet "10.5.1.2/16" does not begin at its first address, and newer engines refuse it',
    ],
  ])("%s is a problem", (keys, message) => expect(network(keys)).toEqual([message]));

  test.each([
    pool("subnet: 10.5.0.0/16, gateway: 10.5.255.254, ip_range: 10.5.8.0/24, aux_addresses: { a: 10.5.0.9 }"),
    pool('subnet: "fd00:1::/64", gateway: "fd00:1::ffff:1.2.3.4"'),
    pool('subnet: "::/0", gateway: "::1"'),
    "driver: store/weaveworks/net-plugin:2.5.2",
  ])("%s is none", (keys) => expect(network(keys)).toEqual([]));

  test.each([
    ["ipv4_address: 10.6.0.7", 'networks.n.ipv4_address "10.6.0.7" is not in the network\'s subnet "10.5.0.0/16"'],
    [
      'ipv6_address: "fd00::7"',
      'networks.n.ipv6_address "fd00::7" lies in no subnet of this network, whose subnets the engine chooses',
    ],
  ])("a job's address in it: %s is a problem", (keys, message) =>
    expect(network(pool("subnet: 10.5.0.0/16"), keys)).toEqual([message]),
  );

  test("a job's address in its subnet is none, and neither is one in a network that is there already", () => {
    expect(network(pool("subnet: 10.5.0.0/16"), "ipv4_address: 10.5.3.4")).toEqual([]);
    expect(network("external: true", "ipv4_address: 10.6.3.4")).toEqual([]);
  });
});

test.each([{ logging: { driver: "json file" } }, { runtime: "run c" }])("%j names what no engine has", (keys) =>
  expect(read(keys)).toMatchObject({ jobs: [], problems: [expect.anything()] }),
);

test("the driver of a volume has no spaces either", () => {
  const text = `volumes: { v: { driver: a b } }\njobs: { job: { schedule: "@daily", image: busybox, volumes: ["v:/v"] } }`;
  expect(parse(text)).toMatchObject({ jobs: [], problems: [expect.anything()] });
});

describe("a file that a secret or config is made from", () => {
  const text = (section: string) =>
    `${section}: { f: { file: ./missing } }\njobs: { job: { schedule: "@daily", image: busybox, ${section}: [f] } }`;
  const unreadable = "there is no such file or folder";
  const seeReferenced = (path: string) => (path === "/etc/shipbell/missing" ? { unreadable } : {});

  test.each(["secrets", "configs"])("of %s is a problem on a Swarm when it is missing", (section) => {
    expect(parse(text(section), { seeReferenced, engine: "service" })).toMatchObject({
      jobs: [],
      problems: [{ message: `${section}.f.file names ./missing, which cannot be read: ${unreadable}` }],
    });
    expect(parse(text(section), { seeReferenced: () => ({}), engine: "service" }).problems).toEqual([]);
  });

  test.each(["container", undefined] as const)("is a warning of check where jobs run as %s", (engine) => {
    const { jobs, problems } = parse(text("secrets"), {
      seeReferenced,
      doubtHostPaths: true,
      ...(engine && { engine }),
    });
    expect(jobs).toHaveLength(1);
    expect(problems.map(({ severity, message }) => [severity, message])).toContainEqual([
      "warning",
      `secrets.f.file names ./missing, which cannot be read: ${unreadable}`,
    ]);
  });

  test("is not looked for by a scheduler whose engine mounts it from its own host", () => {
    expect(parse(text("secrets"), { seeReferenced, engine: "container" }).problems).toEqual([]);
  });
});

test.each([{ networks: ["“shop”"] }, { user: "“app”" }])("of %j it is said that its quotes quote nothing", (keys) => {
  expect(read(keys).problems.map(({ hint }) => hint)).toEqual([`write straight quotes, " or '`]);
});
