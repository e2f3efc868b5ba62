/** Values that Docker Engine refuses when it makes a container, or starts it; with the same in its own words, for `POST /containers/create`. */
export interface RefusedCase {
  readonly what: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const host = (HostConfig: object) => ({ HostConfig });
const volume = (Target: string) => ({ Type: "volume", Source: "refused-case", Target });

export const refusedCases: readonly RefusedCase[] = [
  ...[
    "node:4 -v /etc/scripts:/usr/src/app",
    "Team/App:1",
    "registry.example/Team/App:1",
    "busybox:1 36",
    "busybox:",
    "busybox:-1",
    "https://registry.example/app",
    "busybox@sha256:abc",
    "busybox@sha256:ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789",
    "-busybox",
    "team//app",
    "team/app/",
    "a..b/c",
    "localhost:port/app",
    "team/_app",
    "app___x",
  ].map((image) => ({ what: `the image ${image}`, keys: { image }, body: { Image: image } })),
  { what: "a user with a number that is too high", keys: { user: "4294967296" }, body: { User: "4294967296" } },
  { what: "a volume over /", keys: { volumes: ["refused-case:/"] }, body: host({ Mounts: [volume("/")] }) },
  {
    what: "two volumes in one place",
    keys: { volumes: ["refused-case:/a", "refused-case:/a"] },
    body: host({ Mounts: [volume("/a"), volume("/a")] }),
  },
  { what: "an option of a tmpfs", keys: { tmpfs: "/a:colour=red" }, body: host({ Tmpfs: { "/a": "colour=red" } }) },
  {
    what: "a sysctl of the host",
    keys: { sysctls: { "vm.max_map_count": "262144" } },
    body: host({ Sysctls: { "vm.max_map_count": "262144" } }),
  },
  { what: "a period of the CPU that is too short", keys: { cpu_period: "999" }, body: host({ CpuPeriod: 999 }) },
  {
    what: "a period of the CPU that is too long",
    keys: { cpu_period: "1000001" },
    body: host({ CpuPeriod: 1_000_001 }),
  },
  { what: "a quota of the CPU that is too low", keys: { cpu_quota: "999" }, body: host({ CpuQuota: 999 }) },
  { what: "CPUs in the wrong order", keys: { cpuset: "1-0" }, body: host({ CpusetCpus: "1-0" }) },
  {
    what: "a name next to the host's",
    keys: { uts: "host", hostname: "a" },
    body: { Hostname: "a", ...host({ UTSMode: "host" }) },
  },
  {
    what: "a name in another container's network",
    keys: { network_mode: "container:refused-case", hostname: "a" },
    body: { Hostname: "a", ...host({ NetworkMode: "container:refused-case" }) },
  },
  {
    what: "hosts in another container's network",
    keys: { network_mode: "container:refused-case", extra_hosts: ["a=1.2.3.4"] },
    body: host({ NetworkMode: "container:refused-case", ExtraHosts: ["a:1.2.3.4"] }),
  },
  { what: "less memory than 6 MB", keys: { mem_limit: "5m" }, body: host({ Memory: 5 * 1024 ** 2 }) },
  {
    what: "a soft limit above the hard one",
    keys: { ulimits: { nofile: { soft: "20", hard: "10" } } },
    body: host({ Ulimits: [{ Name: "nofile", Soft: 20, Hard: 10 }] }),
  },
  { what: "a folder that is relative", keys: { working_dir: "srv" }, body: { WorkingDir: "srv" } },
  { what: "a signal that there is not", keys: { stop_signal: "SIGNONE" }, body: { StopSignal: "SIGNONE" } },
  { what: "no entrypoint, and no command", keys: { entrypoint: [""] }, body: { Entrypoint: [""], Cmd: null } },
  { what: "an empty entrypoint, and no command", keys: { entrypoint: [] }, body: { Entrypoint: [""], Cmd: null } },
  {
    what: "an entrypoint that begins with an empty word",
    keys: { entrypoint: ["", "true"] },
    body: { Entrypoint: ["", "true"] },
  },
  {
    what: "a command that begins with an empty word",
    keys: { entrypoint: [], command: [""] },
    body: { Entrypoint: [""], Cmd: [""] },
  },
];

/** Unusual, and right. */
export const goodImages: readonly string[] = [
  "busybox",
  "busybox:1.36",
  "library/busybox",
  "docker.io/library/busybox:latest",
  "localhost/app",
  "localhost:5000/app:v1.0_x-y",
  "registry.example:5000/team/app__x/y--z.w",
  "Registry.Example/app",
  "[::1]:5000/app",
  `busybox@sha256:${"a1".repeat(32)}`,
  `busybox:1@sha256:${"a1".repeat(32)}`,
  `sha256:${"a1".repeat(32)}`,
  "a1".repeat(32),
  "app:Tag_With.All-of-it",
];
