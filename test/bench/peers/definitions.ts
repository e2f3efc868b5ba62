/** The zone of the peer's clock: half an hour off, so that a schedule read in another zone is seen. */
export const ZONE = "America/St_Johns";

export interface Definitions {
  /** The peer's own file. */
  readonly text: string;
  /** The names of its jobs. */
  readonly jobs: readonly string[];
}

export interface Surroundings {
  /** The folder of the recorder, on this machine. */
  readonly witness: string;
  /** A folder that some jobs get at `/data`. */
  readonly data: string;
  readonly image: string;
  /** The hour in which some jobs are due in the peer's zone, and in Tokyo. */
  readonly hour: number;
  readonly hourInTokyo: number;
  /** The days of today, in the peer's zone, and what they are not. */
  readonly today: {
    readonly day: number;
    readonly weekday: string;
    readonly otherDay: number;
    readonly otherWeekday: string;
  };
  readonly month: string;
}

/** As `shipbell import` has them. */
export type OfeliaDialect = "mcuadros-0.3" | "mcuadros-0.4" | "netresearch" | "chadburn";

const record = (name: string, rest = "") => `/witness/record ${name}${rest === "" ? "" : ` ${rest}`}`;

/**
 * A file of Ofelia's, or of Chadburn's, with one job for each thing that a move can get wrong: who runs it, what its reader
 * cuts, how days and seconds are read; and what only one of them has.
 */
export function ofeliaDefinitions(around: Surroundings, dialect: OfeliaDialect): Definitions {
  const isNetresearch = dialect === "netresearch";
  const isVersion03 = dialect === "mcuadros-0.3";
  const hasSeconds = dialect !== "chadburn";
  const { witness, data, image, hour, hourInTokyo, today, month } = around;
  const { day, weekday, otherDay, otherWeekday } = today;
  const exec = (name: string, schedule: string, lines: readonly string[]) =>
    section("job-exec", name, [`schedule = ${schedule}`, "container = peers-target", ...lines]);
  const run = (name: string, schedule: string, lines: readonly string[] = []) => {
    const own = lines.some((line) => line.startsWith("command")) ? [] : [`command = ${record(name)}`];
    const common = [`schedule = ${schedule}`, `image = ${image}`, "pull = false", `volume = ${witness}:/witness`];
    return section("job-run", name, [...common, ...own, ...lines]);
  };
  // Chadburn gives a job no variables.
  const lasting = (name: string) => [`command = env LAST=80 ${record(name)}`];
  const sections = [
    exec("exec", "S * * * * *", [`command = ${record("exec", `'two words' "and three more" plain $HOME *`)}`]),
    exec("exec-user", isVersion03 ? "44 */2 * * *" : "*/2 * * * *", [
      "user = 1000:1000",
      `command = ${record("exec-user", `"" last`)}`,
    ]),
    exec("exec-environment", "S */2 * * * *", [
      "environment = GREETING=hello world",
      "environment = EMPTY=",
      `command = ${record("exec-environment")}`,
    ]),
    exec("exec-cut", "S */2 * * * *", [`command = ${record("exec-cut", `sh -c 'echo a; echo b'`)}`]),
    exec("exec-hash", "S 1-59/2 * * * *", [`command = ${record("exec-hash", "colour #fff and more")}`]),
    exec("exec-quoted", "S */2 * * * *", [
      isNetresearch
        ? `command = \`${record("exec-quoted", "'a; b' {c d} e|f # g")}\``
        : `command = "${record("exec-quoted", "'a; b' {c d} e|f # g")}" ; a comment`,
    ]),
    // mcuadros/ofelia does not start with a backslash outside of double quotes.
    exec("exec-backslash", "S 1-59/2 * * * *", [
      isNetresearch
        ? `command = ${record("exec-backslash", String.raw`a\\ b c:\\d`)}`
        : `command = "${record("exec-backslash", String.raw`a\\ b c:\\d`)}"`,
    ]),
    run("run", "S * * * * *", [`command = ${record("run", `'two words' "and three more" [in brackets] $PATH`)}`]),
    run("run-user", "S */2 * * * *", [
      "user = 1000",
      "environment = GREETING=hello world",
      "environment = QUOTED='single'",
      `volume = ${data}:/data:ro`,
      "volume = peers-named:/named",
      "hostname = some-host",
    ]),
    run("run-network", "S 1-59/2 * * * *", ["network = peers-net", "tty = true"]),
    run("run-no-overlap", "S * * * * *", ["no-overlap = true", ...lasting("run-no-overlap")]),
    run("run-overlap", "S * * * * *", lasting("run-overlap")),
    ...(hasSeconds ? [run("run-seconds", "15,45 */2 * * * *")] : []),
    run("run-five-fields", isVersion03 ? `46 */3 ${hour} * *` : "*/3 * * * *"),
    run("run-every", "@every 90s"),
    run("run-names", `S */3 * * ${month} ${weekday}`),
    run("run-hour", `S */2 ${hour} * * *`),
    ...(isVersion03 ? [] : [run("run-zone", `CRON_TZ=Asia/Tokyo S */2 ${hourInTokyo} * * *`)]),
    // Each is due today where one day is enough, and not where both must match.
    run("run-days-one", `S */4 * ${day} * ${otherWeekday}`),
    run("run-days-other", `S */4 * ${otherDay} * ${weekday}`),
    run("run-days-both", `S */4 * ${day} * ${weekday}`),
    run("run-days-step", `S */4 * */2 * ${weekday}`),
    run("run-days-starred", `S */4 * */1 * ${otherWeekday}`),
    run("run-step-from", "S 3/4 * * * ?"),
    ...(isNetresearch
      ? [
          run("run-folder", "S */2 * * * *", ["working-dir = /var/tmp", "user = default"]),
          run("run-entrypoint", "S 1-59/2 * * * *", [
            `entrypoint = ${record("run-entrypoint")}`,
            "command = one 'two words'",
          ]),
          exec("exec-folder", "S */2 * * * *", ["working-dir = /var/tmp", `command = ${record("exec-folder")}`]),
          run("run-limit", "S */3 * * * *", ["max-runtime = 20s", "environment = LAST=60"]),
          run("run-unnamed", "S * * * * *", ["container-name =", "environment = LAST=80"]),
          run("run-year", "S */3 * * * * *"),
          run("run-last-day", "S */3 * L * *"),
        ]
      : []),
  ];
  // At most ten run at once: netresearch/ofelia drops the eleventh.
  const atOtherSeconds = sections.map(({ lines }, index) =>
    lines.join("\n").replace(/^(schedule = (?:CRON_TZ=\S+ )?)S /m, hasSeconds ? `$1${(index * 3) % 50} ` : "$1"),
  );
  return { text: `[global]\n\n${atOtherSeconds.join("\n\n")}\n`, jobs: sections.map(({ name }) => name) };
}

function section(type: string, name: string, lines: readonly string[]) {
  return { name, lines: [`[${type} "${name}"]`, ...lines] };
}

/** A stack for swarm-cronjob. */
export function stackDefinitions({ witness, image }: Surroundings): Definitions {
  const service = (name: string, labels: Readonly<Record<string, string>>, keys: object = {}, deploy: object = {}) => [
    name,
    {
      image,
      command: ["/witness/record", name],
      volumes: [`${witness}:/witness`],
      networks: ["back"],
      ...keys,
      deploy: {
        mode: "replicated",
        replicas: 0,
        endpoint_mode: "dnsrr",
        restart_policy: { condition: "none" },
        labels: Object.fromEntries(
          Object.entries({ enable: "true", ...labels }).map(([key, value]) => [`swarm.cronjob.${key}`, value]),
        ),
        ...deploy,
      },
    },
  ];
  const lasting = { environment: { LAST: "80" } };
  const services = [
    service("plain", { schedule: "* * * * *" }, { command: ["/witness/record", "plain", "two words", "$$HOME"] }),
    service("skip-running", { schedule: "0 * * * * *", "skip-running": "true" }, lasting),
    service("replaced", { schedule: "0 * * * * *", "skip-running": "false" }, { ...lasting, stop_grace_period: "5s" }),
    service(
      "auth",
      { schedule: "30 */2 * * * *", "registry-auth": "true", "query-registry": "false" },
      {
        command: "one 'two words'",
        entrypoint: ["/witness/record", "auth"],
        user: "1000:1000",
        working_dir: "/var/tmp",
        environment: ["GREETING=hello world"],
        hostname: "some-host",
      },
    ),
    service("replicas", { schedule: "20 */2 * * * *", replicas: "2" }),
    service("global", { schedule: "40 */3 * * * *" }, {}, { mode: "global", replicas: undefined }),
    service("every", { schedule: "@every 2m" }),
  ];
  const stack = { version: "3.8", services: Object.fromEntries(services), networks: { back: {} } };
  return { text: `${JSON.stringify(stack, null, 2)}\n`, jobs: services.map(([name]) => String(name)) };
}
