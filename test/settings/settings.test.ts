import { describe, expect, test } from "vitest";
import { runEnvironment } from "../../src/engines/docker/specs/run-labels.ts";
import { DEFAULT_LABEL_RULES } from "../../src/job/label-rules.ts";
import { formatProblem } from "../../src/job/problem.ts";
import {
  type Environment,
  type Flags,
  findSettings,
  readSettings,
  type Settings,
} from "../../src/settings/settings.ts";
import { anAttemptOrder } from "../support/a-job.ts";

const files: Readonly<Record<string, string>> = {
  "/run/secrets/name": "nightly\n",
  "/run/secrets/empty": "\n",
  "/run/secrets/windows": "\uFEFFnightly\r\n",
  "/run/secrets/list": "shop\r\nblog\r\n",
  "/run/secrets/heartbeat": "https://hc.example/hunter2\n",
  "/run/secrets/two": "nightly\nmonthly\n",
};

function read(env: Environment = {}, flags: Flags = {}) {
  return readSettings({ flags, env, readFile, isTerminal: false });
}

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw new Error("ENOENT: no such file or directory");
  return text;
}

function settings(env: Environment = {}, flags: Flags = {}): Settings {
  const found = read(env, flags);
  if ("problems" in found) throw new Error(found.problems.map(formatProblem).join("\n"));
  return found.settings;
}

function problems(env: Environment = {}, flags: Flags = {}): string[] {
  const found = read(env, flags);
  return "problems" in found ? found.problems.map(formatProblem) : [];
}

test("without anything given, every setting has its default", () => {
  expect(settings({ HOME: "/home/me" })).toEqual({
    schedules: ["/etc/shipbell/schedules"],
    timezone: "UTC",
    dockerHost: { host: "unix:///var/run/docker.sock", tlsVerify: false },
    engine: "auto",
    registryConfig: "/home/me/.docker/config.json",
    instance: "shipbell",
    stateDir: "/var/lib/shipbell",
    ...DEFAULT_LABEL_RULES,
    aheadMs: 10_000,
    listen: { port: 8494 },
    pages: "on",
    logLevel: "info",
    logFormat: "json",
    warnings: [],
    given: new Set(),
  });
});

test("what labels may declare is restricted by lists and a word", () => {
  const env = {
    SHIPBELL_ALLOW_OBJECTS: "shop_*, web",
    SHIPBELL_ALLOW_EXEC: "False",
    SHIPBELL_LABEL_PREFIX: "com.cron",
  };
  expect(settings(env, { "allow-images": ["busybox", "a/*"] })).toMatchObject({
    labelPrefix: "com.cron",
    allowObjects: ["shop_*", "web"],
    allowImages: ["busybox", "a/*"],
    allowExec: false,
    allowStacks: ["*"],
  });
});

describe("where a value comes from", () => {
  test("a flag wins over a variable, and a variable over the default", () => {
    const env = { SHIPBELL_INSTANCE: "from-variable", SHIPBELL_ENGINE: "swarm" };
    const found = settings(env, { instance: "from-flag" });
    expect([found.instance, found.engine, found.logLevel]).toEqual(["from-flag", "swarm", "info"]);
    expect(found.given).toEqual(new Set(["instance", "engine"]));
  });

  test("a wrong variable does not matter where a flag decides", () => {
    expect(settings({ SHIPBELL_ENGINE: "podman" }, { engine: "container" }).engine).toBe("container");
  });

  test("_FILE names a file that holds the value", () => {
    expect(settings({ SHIPBELL_INSTANCE_FILE: "/run/secrets/name" }).instance).toBe("nightly");
  });

  test("a variable and its _FILE together are refused", () => {
    expect(problems({ SHIPBELL_INSTANCE: "a", SHIPBELL_INSTANCE_FILE: "/run/secrets/name" })).toEqual([
      "SHIPBELL_INSTANCE: is given, and so is SHIPBELL_INSTANCE_FILE; give one of the two",
    ]);
  });

  test.each([
    [
      "/run/secrets/none",
      "SHIPBELL_INSTANCE_FILE: /run/secrets/none cannot be read: ENOENT: no such file or directory",
    ],
    ["/run/secrets/empty", "SHIPBELL_INSTANCE_FILE: /run/secrets/empty is empty"],
  ])("_FILE with %s is a problem", (path, problem) => {
    expect(problems({ SHIPBELL_INSTANCE_FILE: path })).toEqual([problem]);
  });

  test("an empty variable counts as not given, as Compose files often give", () => {
    expect(settings({ SHIPBELL_INSTANCE: "", SHIPBELL_ENGINE_FILE: "" }).instance).toBe("shipbell");
  });

  test("the log is pretty on a terminal", () => {
    const found = readSettings({ flags: {}, env: {}, readFile, isTerminal: true });
    expect(found).toMatchObject({ settings: { logFormat: "pretty" } });
  });
});

describe("values that are understood", () => {
  test.each<[string, Environment, Flags, Partial<Settings>]>([
    ["a list with commas", { SHIPBELL_SCHEDULES: "/a, /b,," }, {}, { schedules: ["/a", "/b"] }],
    ["a repeated flag", {}, { schedules: ["/a", "/b"] }, { schedules: ["/a", "/b"] }],
    ["sources, each once", {}, { sources: "services,files,files" }, { sources: ["services", "files"] }],
    ["a port on all addresses", {}, { listen: ":9000" }, { listen: { port: 9000 } }],
    ["a host and a free port", {}, { listen: "127.0.0.1:0" }, { listen: { host: "127.0.0.1", port: 0 } }],
    ["an IPv6 address", {}, { listen: "[::1]:80" }, { listen: { host: "::1", port: 80 } }],
    ["no page", { SHIPBELL_PAGES: "off" }, {}, { pages: "off" }],
    ["a file of users", { SHIPBELL_HTTP_AUTH: "/run/secrets/auth" }, {}, { httpAuth: "/run/secrets/auth" }],
    [
      "a public address",
      {},
      { "public-url": "https://Cron.example:443/cron" },
      { publicUrl: { url: "https://cron.example/cron/", origin: "https://cron.example", host: "cron.example" } },
    ],
    ["the process' zone", { TZ: "Asia/Seoul" }, {}, { timezone: "Asia/Seoul" }],
    ["the process' zone, with a colon", { TZ: ":Europe/Paris" }, {}, { timezone: "Europe/Paris" }],
    ["an empty TZ", { TZ: " " }, {}, { timezone: "UTC" }],
    ["UTC in POSIX's words", { TZ: "UTC0" }, {}, { timezone: "UTC" }],
    ["the file of a zone", { TZ: ":/usr/share/zoneinfo/Asia/Seoul" }, {}, { timezone: "Asia/Seoul" }],
    ["a TZ that is no IANA name, where it does not count", { TZ: "KST-9" }, { timezone: "UTC" }, { timezone: "UTC" }],
    [
      "values with blanks and the end of a line",
      { SHIPBELL_ENGINE: " swarm\r", TZ: "Asia/Seoul\r\n" },
      {},
      { engine: "swarm", timezone: "Asia/Seoul" },
    ],
    ["lists with a line for each item", { SHIPBELL_SCHEDULES: "/a\r\n/b\n" }, {}, { schedules: ["/a", "/b"] }],
    ["a file of Windows", { SHIPBELL_INSTANCE_FILE: "/run/secrets/windows" }, {}, { instance: "nightly" }],
    ["a list in a file", { SHIPBELL_ALLOW_STACKS_FILE: "/run/secrets/list" }, {}, { allowStacks: ["shop", "blog"] }],
    ["quotes inside of a value", { SHIPBELL_STATE_DIR: '/state "old"' }, {}, { stateDir: '/state "old"' }],
    ["a zone of its own", { TZ: "Asia/Seoul" }, { timezone: "America/Lima" }, { timezone: "America/Lima" }],
    ["Docker's config folder", { DOCKER_CONFIG: "/c", HOME: "/h" }, {}, { registryConfig: "/c/config.json" }],
    ["channels that labels may name", {}, { "allow-channels": "team-*,ops" }, { allowChannels: ["team-*", "ops"] }],
    ["no channel that labels may name", {}, { "allow-channels": "none" }, { allowChannels: [] }],
    ["the channels of all jobs, each once", {}, { notify: "ops, pager,ops" }, { notify: ["ops", "pager"] }],
    ["nobody who is told", { SHIPBELL_NOTIFY: "none" }, {}, { notify: [] }],
    ["a number", {}, { "starts-at-once": "32" }, { startsAtOnce: 32 }],
    [
      "pools with their slots",
      { SHIPBELL_POOLS: "db=2, mail = 1" },
      {},
      {
        pools: new Map([
          ["db", 2],
          ["mail", 1],
        ]),
      },
    ],
    ["a time ahead", {}, { ahead: "2500ms" }, { aheadMs: 2500 }],
    ["nothing ahead", { SHIPBELL_AHEAD: "0" }, {}, { aheadMs: 0 }],
  ])("%s", (_, env, flags, expected) => {
    expect(settings(env, flags)).toMatchObject(expected);
  });

  test("without a home folder there is no registry config", () => {
    expect(settings({})).not.toHaveProperty("registryConfig");
  });
});

describe("the Docker host", () => {
  test.each<[string, Environment, Settings["dockerHost"]]>([
    ["DOCKER_HOST", { DOCKER_HOST: "tcp://docker:2375" }, { host: "tcp://docker:2375", tlsVerify: false }],
    [
      "our variable before Docker's",
      { SHIPBELL_DOCKER_HOST: "unix:///tmp/ours.sock", DOCKER_HOST: "unix:///tmp/d.sock" },
      { host: "unix:///tmp/ours.sock", tlsVerify: false },
    ],
    [
      "TLS",
      { DOCKER_HOST: "tcp://docker", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" },
      { host: "tcp://docker", tlsVerify: true, certPath: "/certs" },
    ],
    [
      "no TLS for certificates alone, as in Docker's command line",
      { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_VERIFY: "", DOCKER_CERT_PATH: "/certs" },
      { host: "tcp://docker:2375", tlsVerify: false, certPath: "/certs" },
    ],
  ])("%s", (_, env, expected) => {
    expect(settings(env).dockerHost).toEqual(expected);
  });

  test.each([
    ["/tmp/d.sock", '(write "unix:///tmp/d.sock")'],
    ["ssh://op@docker", "(mount the engine's socket, or give tcp:// with TLS)"],
    ["tcp://docker:99999", ""],
    ["docker:2375", ""],
    ["unix://", ""],
  ])("%s is refused, and where it was written is said", (text, hint) => {
    const allowed = "unix:///PATH, tcp://HOST:PORT, http://HOST:PORT and https://HOST:PORT";
    expect(problems({ DOCKER_HOST: text })).toEqual([
      `DOCKER_HOST: "${text}" is not a Docker host; allowed are ${allowed} ${hint}`.trim(),
    ]);
  });
});

describe("values that are refused", () => {
  test.each<[Flags, string]>([
    [{ engine: "swram" }, '--engine: "swram" is not one of auto, container, swarm (did you mean "swarm"?)'],
    [{ engine: ["auto", "swarm"] }, "--engine: is given more than once"],
    [{ sources: "file" }, '--sources: "file" is not one of files, services, containers (did you mean "files"?)'],
    [{ sources: "," }, "--sources: names none of files, services, containers"],
    [{ schedules: "" }, "--schedules: names no file or folder"],
    [{ listen: "8494" }, '--listen: "8494" is not HOST:PORT or :PORT, with a port from 0 to 65535 (write ":8494")'],
    [
      { listen: "::1:80" },
      '--listen: "::1:80" is not HOST:PORT or :PORT, with a port from 0 to 65535 (write an IPv6 address as "[::1]:8494")',
    ],
    [
      { "public-url": "cron.example/cron" },
      '--public-url: "cron.example/cron" is not an address such as https://example.com/cron/, without query and password (write "https://cron.example/cron")',
    ],
    ...[
      "ftp://cron.example",
      "https://ops:secret@cron.example",
      "https://cron.example/?a=b",
      "https://cron.example/#a",
    ].map((url): [Flags, string] => [
      { "public-url": url },
      `--public-url: "${url}" is not an address such as https://example.com/cron/, without query and password`,
    ]),
    [{ listen: ":65536" }, '--listen: ":65536" is not HOST:PORT or :PORT, with a port from 0 to 65535'],
    [{ timezone: "Asia/Soul" }, '--timezone: The time zone "Asia/Soul" is not known: write Asia/Seoul'],
    [
      { timezone: "+09:00" },
      '--timezone: The time zone "+09:00" is an offset; shipbell takes IANA names: write a place, or Etc/GMT-9',
    ],
    [{ pools: "db" }, '--pools: "db" is not a pool with its number of slots, from 1 to 100 (write db=2)'],
    [{ pools: "db=101" }, '--pools: "db=101" is not a pool with its number of slots, from 1 to 100 (write db=2)'],
    [{ pools: "db=1,db=2" }, "--pools: names the pool db twice (keep one)"],
    [{ ahead: "10" }, '--ahead: "10" is not 0, or a duration from 1s to 1m (write 10s)'],
    [{ ahead: "2m" }, '--ahead: "2m" is not 0, or a duration from 1s to 1m'],
    [{ "starts-at-once": "0" }, '--starts-at-once: "0" is not a whole number from 1 to 100'],
    [{ "state-dir": "" }, "--state-dir: is not a path"],
    [
      { "label-prefix": "cron." },
      '--label-prefix: "cron." cannot begin labels: allowed are lower-case letters and digits, with ".", "_" and "-" between them (leave out the dot at the end)',
    ],
    [
      { "label-prefix": "shipbell.night" },
      '--label-prefix: "shipbell.night" cannot begin labels: a scheduler with the default prefix would read them as its own (write night, or com.example.shipbell.night)',
    ],
    [
      { "allow-images": " , " },
      "--allow-images: names nothing (write * for all; to read no labels at all, set sources to files)",
    ],
    [
      { notify: "ops,Pager" },
      '--notify: "Pager" is not the name of a channel: allowed are lower-case letters, digits, "_" and "-", a letter or digit first, at most 32',
    ],
    [{ notify: Array.from({ length: 11 }, (_, n) => `c${n}`) }, "--notify: names 11 channels; at most 10 are allowed"],
    [{ "allow-exec": "no" }, '--allow-exec: "no" is not one of true, false'],
    [
      { instance: "Shop" },
      '--instance: "Shop" cannot name an instance: allowed are lower-case letters, digits, "_" and "-", a letter or digit first, at most 32',
    ],
  ])("%o", (flags, problem) => {
    expect(problems({}, flags)).toEqual([problem]);
  });

  test("a wrong value from a file names the file", () => {
    expect(problems({ SHIPBELL_ENGINE_FILE: "/run/secrets/name" })).toEqual([
      'SHIPBELL_ENGINE_FILE (/run/secrets/name): "nightly" is not one of auto, container, swarm',
    ]);
  });

  test("all problems come at once", () => {
    expect(problems({ SHIPBELL_ENGIN: "auto" }, { engine: "x", listen: "y", instance: "Z" })).toHaveLength(4);
  });
});

describe("a secret", () => {
  const address = "https://hc.example/hunter2";
  const shown = (env: Environment, flags: Flags = {}) =>
    findSettings({ flags, env, readFile, isTerminal: false }).find(({ setting }) => setting.flag === "heartbeat");

  test.each<[string, Environment, Flags]>([
    ["a flag", {}, { heartbeat: address }],
    ["a variable", { SHIPBELL_HEARTBEAT: address }, {}],
    ["a file that a flag names", {}, { "heartbeat-file": "/run/secrets/heartbeat" }],
    ["a file that a variable names", { SHIPBELL_HEARTBEAT_FILE: "/run/secrets/heartbeat" }, {}],
  ])("may come from %s, and is not shown", (_where, env, flags) => {
    expect(settings(env, flags).heartbeat).toBe(address);
    expect(shown(env, flags)).toMatchObject({ text: "https://hc.example/…" });
  });

  test.each<[Flags, string]>([
    [
      { heartbeat: "hunter2" },
      "--heartbeat: is not an address such as https://hc-ping.com/… (it is not shown here, since it may be a secret)",
    ],
    [{ heartbeat: `"${address}"` }, "--heartbeat: has quotes around it, which are part of the value (leave them out)"],
    [
      { heartbeat: address, "heartbeat-file": "/run/secrets/heartbeat" },
      "--heartbeat: is given, and so is --heartbeat-file; give one of the two",
    ],
    [
      { "heartbeat-file": "/run/secrets/none" },
      "--heartbeat-file: /run/secrets/none cannot be read: ENOENT: no such file or directory",
    ],
    [{ "heartbeat-file": "/run/secrets/empty" }, "--heartbeat-file: /run/secrets/empty is empty"],
    [{ "heartbeat-file": ["/a", "/b"] }, "--heartbeat-file: is given more than once"],
  ])("is in no message: %o", (flags, problem) => {
    expect(problems({}, flags)).toEqual([problem]);
    expect(JSON.stringify(shown({}, flags) ?? "")).not.toContain("hunter2");
  });

  test("a file stands for secrets alone", () =>
    expect(settings({}, { "instance-file": "/run/secrets/name" }).instance).toBe("shipbell"));
});

describe("a variable that cannot be used is a problem, and is not ignored", () => {
  const quotes = "contains quotes, which are part of the value";
  test.each<[Environment, string]>([
    [{ TZ: '"Europe/Berlin"' }, `TZ: "Europe/Berlin" ${quotes} (write Europe/Berlin)`],
    [{ TZ: "'UTC" }, `TZ: The time zone "'UTC" contains quotes: write UTC`],
    [
      { TZ: "CET-1CEST" },
      'TZ: The time zone "CET-1CEST" is a POSIX rule; shipbell takes IANA names: write a place, such as Europe/Berlin',
    ],
    [{ TZ: "Europe/Berlim" }, 'TZ: The time zone "Europe/Berlim" is not known: write Europe/Berlin'],
    [
      { TZ: "+01:00" },
      'TZ: The time zone "+01:00" is an offset; shipbell takes IANA names: write a place, or Etc/GMT-1',
    ],
    [
      { TZ: "CST" },
      'TZ: The time zone "CST" is an abbreviation that several zones share: write a place, such as Europe/Berlin',
    ],
    [{ SHIPBELL_TIMEZONE: '"UTC"' }, `SHIPBELL_TIMEZONE: "UTC" ${quotes} (write UTC)`],
    [{ SHIPBELL_TIMEZONE: "“UTC”" }, `SHIPBELL_TIMEZONE: “UTC” ${quotes} (write UTC)`],
    [{ SHIPBELL_SCHEDULES: "/a,„/b“" }, `SHIPBELL_SCHEDULES: /a,„/b“ ${quotes} (write /a,/b)`],
    [{ SHIPBELL_STATE_DIR: '"/state"' }, `SHIPBELL_STATE_DIR: "/state" ${quotes} (write /state)`],
    [{ SHIPBELL_SCHEDULES: "/a,'/b'" }, `SHIPBELL_SCHEDULES: /a,'/b' ${quotes} (write /a,/b)`],
    [{ SHIPBELL_ALLOW_OBJECTS: '"shop_*"' }, `SHIPBELL_ALLOW_OBJECTS: "shop_*" ${quotes} (write shop_*)`],
    [{ DOCKER_HOST: '"unix:///d.sock"' }, `DOCKER_HOST: "unix:///d.sock" ${quotes} (write unix:///d.sock)`],
    [{ DOCKER_CONFIG: '"/c"' }, `DOCKER_CONFIG: "/c" ${quotes} (write /c)`],
    [
      { DOCKER_HOST: "tcp://d", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: '"/c"' },
      `DOCKER_HOST: DOCKER_CERT_PATH "/c" ${quotes} (write /c)`,
    ],
    [
      { SHIPBELL_INSTANCE_FILE: "/run/secrets/two" },
      "SHIPBELL_INSTANCE_FILE (/run/secrets/two): has more than one line (write the value alone)",
    ],
    [{ SHIPBELL_STATE_DIR: "/a\n/b" }, "SHIPBELL_STATE_DIR: has more than one line (write the value alone)"],
  ])("%o", (env, problem) => {
    expect(problems(env)).toEqual([problem]);
  });

  test("TZ is the zone, or a problem, or empty", () => {
    const zones = [
      "Asia/Seoul",
      "utc",
      "EST5EDT",
      "KST-9",
      "<+03>-3",
      "Nowhere",
      "/etc/localtime",
      ":",
      " UTC ",
      "'",
      "W. Europe Standard Time",
    ];
    for (const zone of zones) {
      const [found] = problems({ TZ: zone });
      if (found === undefined && zone !== ":")
        expect(settings({ TZ: zone }).timezone.toLowerCase()).toBe(zone.trim().toLowerCase());
      else if (found !== undefined) expect(found).toMatch(/^TZ: The time zone/);
    }
  });
});

describe("variables that carry the prefix", () => {
  test("an unknown one is refused, with the nearest known name", () => {
    expect(problems({ SHIPBELL_TIMEZON: "UTC" })).toEqual([
      'SHIPBELL_TIMEZON: there is no such setting (did you mean "SHIPBELL_TIMEZONE"?)',
    ]);
  });

  test("one that resembles none is refused with all known names", () => {
    expect(problems({ SHIPBELL_X: "1" })[0]).toMatch(
      /^SHIPBELL_X: .*known are SHIPBELL_SCHEDULES, .*also with _FILE\)$/,
    );
  });

  test.each<Environment>([
    {
      SHIPBELL_JOB: "a",
      SHIPBELL_RUN: "r",
      SHIPBELL_SCHEDULED_AT: "t",
      SHIPBELL_ATTEMPT: "1",
      SHIPBELL_TRIGGER: "manual",
    },
    runEnvironment(anAttemptOrder({ trigger: "after", after: { job: "dump", run: "dump-20261118t030000z" } })),
    { SHIPBELL_SERVICE_HOST: "10.0.0.1", SHIPBELL_SERVICE_PORT: "80", SHIPBELL_SERVICE_PORT_METRICS: "80" },
    {
      SHIPBELL_PORT: "tcp://10.0.0.1:80",
      SHIPBELL_PORT_80_TCP: "tcp://10.0.0.1:80",
      SHIPBELL_PORT_80_TCP_ADDR: "10.0.0.1",
    },
    { SHIPBELL_UI_PORT_80_TCP_PROTO: "tcp", SHIPBELL_NAME: "/shop/shipbell" },
  ])("those that shipbell gives to jobs, and links of an orchestrator, are let be: %o", (env) => {
    expect(problems(env)).toEqual([]);
  });

  test("a misspelt one that only looks like a link is refused", () => {
    expect(problems({ SHIPBELL_PORT: "9000" })[0]).toMatch(/^SHIPBELL_PORT: there is no such setting/);
  });
});

describe("Docker's variables that are not read", () => {
  const warnings = (env: Environment, flags = {}) => {
    const read = readSettings({ flags, env, isTerminal: false, readFile: () => "" });
    if ("problems" in read) throw new Error(read.problems.map(formatProblem).join());
    return read.settings.warnings.map(formatProblem);
  };
  const context =
    'DOCKER_CONTEXT: warning: is not read, and the engine of the context "prod" is not used: the engine is at unix:///var/run/docker.sock (write DOCKER_HOST with the address that docker context inspect shows)';

  test("lead to a warning, with what to write instead", () => {
    expect(warnings({ DOCKER_CONTEXT: "prod" })).toEqual([context]);
    expect(warnings({ DOCKER_API_VERSION: "1.41" })).toEqual([
      "DOCKER_API_VERSION: warning: is not read: shipbell and the engine agree on the newest version of the API that both speak (leave it out)",
    ]);
    expect(warnings({ DOCKER_TLS: "1" }).join()).toContain("(write DOCKER_TLS_VERIFY=1)");
  });

  test.each([
    { DOCKER_CONTEXT: "default" },
    { DOCKER_CONTEXT: " ", DOCKER_API_VERSION: "" },
    // As in Docker's own tools, a host wins over a context.
    { DOCKER_CONTEXT: "prod", DOCKER_HOST: "tcp://docker:2375" },
    { DOCKER_CONTEXT: "prod", SHIPBELL_DOCKER_HOST: "tcp://docker:2375" },
    { DOCKER_HOST: "tcp://docker", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs", DOCKER_CONFIG: "/c" },
  ])("are not warned of where they change nothing: %j", (env) => expect(warnings(env)).toEqual([]));
});
