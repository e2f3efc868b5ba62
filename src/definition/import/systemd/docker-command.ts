import type { FileValue, FindingCode } from "../imported.ts";

/** A `docker` command in the keys of a job. */
export interface DockerJob {
  readonly keys: Readonly<Record<string, FileValue>>;
  readonly notes: readonly DockerNote[];
  /** The command ends at once, and what it started goes on. */
  readonly isDetached?: true;
}

export interface DockerNote {
  readonly code: FindingCode;
  readonly message: string;
  readonly key?: string;
  readonly hint?: string;
}

/** A `docker` command that no job can say. */
export interface NoDockerJob {
  readonly cannot: string;
}

export interface DockerSurroundings {
  /** A variable of the process that runs the command, for `--env NAME`. */
  readonly variable: (name: string) => string | undefined;
  readonly workingDir?: string;
}

/**
 * Reads `docker run`, `docker exec`, `docker compose exec` and `docker compose run`, given as words. Undefined for all
 * other commands.
 */
export function readDockerCommand(
  words: readonly string[],
  surroundings: DockerSurroundings,
): DockerJob | NoDockerJob | undefined {
  const [program = "", ...rest] = words;
  const name = program.split("/").at(-1);
  if (name === "docker-compose") return readCompose(rest, surroundings);
  if (name !== "docker") return undefined;
  const [first = "", second = "", ...more] = rest;
  if (first.startsWith("-")) return { cannot: `"docker ${first}" may speak to another engine` };
  if (first === "compose") return readCompose(rest.slice(1), surroundings);
  const [verb, args] = first === "container" ? [second, more] : [first, rest.slice(1)];
  if (verb === "run") return readRun(args, surroundings);
  if (verb === "exec") return readExec(args, surroundings);
  return { cannot: `"docker ${verb}" is no command that a job stands for` };
}

interface Options {
  /** By long name, in order. A flag has "true". */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
}

interface OptionTable {
  /** Long names that take a value, and those that do not. */
  readonly valued: readonly string[];
  readonly flags: readonly string[];
  readonly short: Readonly<Record<string, string>>;
}

function readOptions(words: readonly string[], { valued, flags, short }: OptionTable): Options | NoDockerJob {
  const given = new Map<string, string[]>();
  const add = (name: string, value: string) => given.set(name, [...(given.get(name) ?? []), value]);
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    if (word.startsWith("--")) {
      const [, name = "", value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
      if (flags.includes(name)) add(name, value ?? "true");
      else if (!valued.includes(name)) return { cannot: `its option --${name} has no key here` };
      else if (value !== undefined) add(name, value);
      else if (at + 1 < words.length) add(name, words[++at] ?? "");
      else return { cannot: `--${name} has no value` };
      continue;
    }
    for (let index = 1; index < word.length; index++) {
      const letter = word.charAt(index);
      const name = short[letter];
      if (name === undefined) return { cannot: `its option -${letter} has no key here` };
      if (flags.includes(name)) {
        add(name, "true");
        continue;
      }
      const attached = word.slice(index + 1).replace(/^=/, "");
      if (attached === "" && at + 1 >= words.length) return { cannot: `-${letter} has no value` };
      add(name, attached === "" ? (words[++at] ?? "") : attached);
      break;
    }
  }
  return { given, rest: words.slice(at) };
}

const PROCESS_VALUED = ["env", "env-file", "user", "workdir"];
const PROCESS_SHORT = { e: "env", u: "user", w: "workdir", i: "interactive", t: "tty", d: "detach" };

/** Options whose value is a key's, one or a list. */
const ONE: Readonly<Record<string, string>> = {
  hostname: "hostname",
  domainname: "domainname",
  memory: "mem_limit",
  "memory-reservation": "mem_reservation",
  "memory-swap": "memswap_limit",
  cpus: "cpus",
  "cpu-shares": "cpu_shares",
  "cpuset-cpus": "cpuset",
  "pids-limit": "pids_limit",
  "shm-size": "shm_size",
  "oom-score-adj": "oom_score_adj",
  "stop-signal": "stop_signal",
  platform: "platform",
  ipc: "ipc",
  pid: "pid",
  uts: "uts",
  userns: "userns_mode",
  runtime: "runtime",
  "cgroup-parent": "cgroup_parent",
  pull: "pull_policy",
};
const LISTS: Readonly<Record<string, string>> = {
  "cap-add": "cap_add",
  "cap-drop": "cap_drop",
  "security-opt": "security_opt",
  sysctl: "sysctls",
  device: "devices",
  tmpfs: "tmpfs",
  dns: "dns",
  "dns-search": "dns_search",
  "dns-option": "dns_opt",
  "group-add": "group_add",
  "volumes-from": "volumes_from",
  label: "labels",
};
const TRUE: Readonly<Record<string, string>> = {
  privileged: "privileged",
  "read-only": "read_only",
  tty: "tty",
};

const RUN: OptionTable = {
  valued: [
    ...PROCESS_VALUED,
    ...Object.keys(ONE),
    ...Object.keys(LISTS),
    ...["name", "volume", "mount", "network", "net", "entrypoint", "ulimit", "add-host", "restart", "cidfile"],
    ...["log-driver", "log-opt", "stop-timeout", "publish", "expose", "attach", "network-alias", "gpus"],
  ],
  flags: ["rm", "interactive", "detach", "init", "sig-proxy", "quiet", "no-healthcheck", ...Object.keys(TRUE)],
  short: {
    ...PROCESS_SHORT,
    v: "volume",
    h: "hostname",
    m: "memory",
    p: "publish",
    l: "label",
    a: "attach",
    q: "quiet",
  },
};

function readRun(words: readonly string[], surroundings: DockerSurroundings): DockerJob | NoDockerJob {
  const options = readOptions(words, RUN);
  if ("cannot" in options) return options;
  const { given, rest } = options;
  const [image, ...command] = rest;
  if (image === undefined) return { cannot: "it names no image" };
  const one = (name: string) => given.get(name)?.at(-1);
  const list = (name: string) => given.get(name) ?? [];
  const isOn = (name: string) => /^(?:1|t|true)$/i.test(one(name) ?? "");
  const notes: DockerNote[] = [];
  const volumes = [...list("volume").map((text) => readVolume(text, surroundings)), ...list("mount").map(readMount)];
  const wrong = volumes.find((volume) => "cannot" in volume);
  if (wrong !== undefined) return wrong;
  const environment = readEnvironment(list("env"), surroundings, notes);
  if (one("restart") !== undefined && one("restart") !== "no")
    return { cannot: `--restart ${one("restart")} makes it a service that goes on` };
  if (one("name") !== undefined)
    notes.push({ code: "import-name", message: `--name ${one("name")} is left out: each run has a name of its own` });
  if (!isOn("rm"))
    notes.push({
      code: "import-key",
      message: "without --rm the containers stay there; here history says how many do",
    });
  if (list("publish").length > 0 || list("expose").length > 0)
    notes.push({ code: "import-key", message: `ports of a job are not published: ${list("publish").join(", ")}` });
  if (one("cidfile") !== undefined) notes.push({ code: "import-key", message: "--cidfile is left out" });
  noteTerminal(isOn("tty") && isOn("interactive"), notes);
  const pull = one("pull");
  if (pull !== undefined && !["always", "missing", "never"].includes(pull))
    return { cannot: `"--pull ${pull}" is not known` };
  const envFiles = noteEnvFiles(list("env-file"), surroundings, notes);
  const ulimits = Object.fromEntries(list("ulimit").map(readUlimit));
  const logOptions = Object.fromEntries(list("log-opt").map(splitAtEquals));
  const networks = readNetworks([...list("network"), ...list("net")], list("network-alias"));
  if ("cannot" in networks) return networks;
  const entrypoint = one("entrypoint");
  return {
    keys: {
      image,
      ...mapKeys(ONE, (name) => one(name)),
      ...(entrypoint !== undefined && { entrypoint: entrypoint === "" ? [] : [entrypoint] }),
      ...(command.length > 0 && { command }),
      ...(one("user") !== undefined && { user: one("user") ?? "" }),
      ...(one("workdir") !== undefined && { working_dir: one("workdir") ?? "" }),
      ...(environment.size > 0 && { environment: Object.fromEntries(environment) }),
      ...envFiles,
      ...(volumes.length > 0 && { volumes: volumes.flatMap((each) => ("volume" in each ? [each.volume] : [])) }),
      ...networks.keys,
      ...mapKeys(LISTS, (name) => (given.has(name) ? list(name) : undefined)),
      ...mapKeys(TRUE, (name) => (isOn(name) ? "true" : undefined)),
      ...(isOn("init") && { init: "true" }),
      ...(one("gpus") !== undefined && { gpus: one("gpus") ?? "" }),
      ...(Object.keys(ulimits).length > 0 && { ulimits }),
      ...(list("add-host").length > 0 && {
        extra_hosts: list("add-host").map((host) => host.replace(/^([^:=]+):/, "$1=")),
      }),
      ...(one("log-driver") !== undefined && {
        logging: {
          driver: one("log-driver") ?? "",
          ...(Object.keys(logOptions).length > 0 && { options: logOptions }),
        },
      }),
      ...(one("stop-timeout") !== undefined && { stop_grace_period: `${one("stop-timeout")}s` }),
    },
    notes,
    ...(isOn("detach") && { isDetached: true as const }),
  };
}

function mapKeys(
  names: Readonly<Record<string, string>>,
  read: (name: string) => FileValue | undefined,
): Record<string, FileValue> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([option, key]) => {
      const value = read(option);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

type ReadVolume = { readonly volume: FileValue } | NoDockerJob;

/** A folder that is missing is made, as Docker does it for `--volume`. */
function readVolume(text: string, { workingDir }: DockerSurroundings): ReadVolume {
  const [source = "", target, mode, ...more] = text.split(":");
  if (target === undefined) return { volume: source };
  if (more.length > 0 || !target.startsWith("/")) return { cannot: `"--volume ${text}" is not understood` };
  const isRelative = /^\.{0,2}\/|^\.{1,2}$|^~/.test(source) && !source.startsWith("/");
  if (isRelative && (workingDir === undefined || source.startsWith("~")))
    return { cannot: `"--volume ${text}" begins in a folder that is not known here` };
  const path = isRelative ? joinPaths(workingDir ?? "", source) : source;
  if (!path.startsWith("/")) return { volume: text };
  if (mode !== undefined && mode !== "ro" && mode !== "rw") return { volume: `${path}:${target}:${mode}` };
  const readOnly = mode === "ro" ? { read_only: "true" } : {};
  return { volume: { type: "bind", source: path, target, ...readOnly, bind: { create_host_path: "true" } } };
}

function joinPaths(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** `--mount type=bind,source=/a,target=/b,readonly`. */
function readMount(text: string): ReadVolume {
  const mount: Record<string, FileValue> = { type: "volume" };
  for (const [name, value] of text.split(",").map(splitAtEquals)) {
    if (name === "type") mount.type = value;
    else if (name === "source" || name === "src") mount.source = value;
    else if (name === "target" || name === "destination" || name === "dst") mount.target = value;
    else if (name === "readonly" || name === "ro") {
      if (value !== "false" && value !== "0") mount.read_only = "true";
    } else return { cannot: `"--mount ${text}" is not understood` };
  }
  return { volume: mount };
}

function splitAtEquals(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function readUlimit(text: string): readonly [string, FileValue] {
  const [name, limits] = splitAtEquals(text);
  const [soft = "", hard] = limits.split(":");
  return [name, hard === undefined ? soft : { soft, hard }];
}

function readNetworks(
  names: readonly string[],
  aliases: readonly string[],
): { readonly keys: Record<string, FileValue> } | NoDockerJob {
  const [name] = names;
  if (name === undefined || name === "bridge" || name === "default") return { keys: {} };
  if (names.length === 1 && /^(?:host|none|container:.+)$/.test(name)) return { keys: { network_mode: name } };
  if (names.some((each) => /[=:]/.test(each))) return { cannot: `"--network ${names.join(" ")}" is not understood` };
  if (aliases.length === 0) return { keys: { networks: names } };
  return { keys: { networks: Object.fromEntries(names.map((each) => [each, { aliases }])) } };
}

function readEnvironment(
  given: readonly string[],
  { variable }: DockerSurroundings,
  notes: DockerNote[],
): ReadonlyMap<string, string> {
  const environment = new Map<string, string>();
  for (const text of given) {
    const at = text.indexOf("=");
    if (at !== -1) {
      environment.set(text.slice(0, at), text.slice(at + 1));
      continue;
    }
    const value = variable(text);
    if (value !== undefined) environment.set(text, value);
    else notes.push({ code: "import-env", message: `--env ${text} passes on a variable that nothing sets` });
  }
  return environment;
}

/** Docker reads them as they are written, without quotes or variables. */
function noteEnvFiles(
  paths: readonly string[],
  { workingDir }: DockerSurroundings,
  notes: DockerNote[],
): Record<string, FileValue> {
  if (paths.length === 0) return {};
  const message = `shipbell itself reads ${paths.join(", ")}: it must be there for shipbell`;
  notes.push({ code: "import-env", message, key: "env_file" });
  return {
    env_file: paths.map((path) => {
      const full = path.startsWith("/") || workingDir === undefined ? path : joinPaths(workingDir, path);
      return { path: full, format: "raw" };
    }),
  };
}

function noteTerminal(hasBoth: boolean, notes: DockerNote[]): void {
  if (!hasBoth) return;
  const message =
    'with -i and -t, docker ends with "the input device is not a TTY" where there is no terminal: it never ran';
  notes.push({ code: "import-line", message });
}

const EXEC: OptionTable = {
  valued: [...PROCESS_VALUED, "detach-keys"],
  flags: ["interactive", "tty", "detach"],
  short: PROCESS_SHORT,
};

function readExec(words: readonly string[], surroundings: DockerSurroundings): DockerJob | NoDockerJob {
  const options = readOptions(words, EXEC);
  if ("cannot" in options) return options;
  const [container, ...command] = options.rest;
  if (container === undefined || command.length === 0) return { cannot: "it names no container, or no command" };
  if (options.given.has("env-file")) return { cannot: "--env-file has no key for a command in a container" };
  return execJob(options, { target: { container }, command, surroundings });
}

interface ExecParts {
  readonly target: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly surroundings: DockerSurroundings;
}

function execJob({ given }: Options, { target, command, surroundings }: ExecParts): DockerJob {
  const notes: DockerNote[] = [];
  const environment = readEnvironment(given.get("env") ?? [], surroundings, notes);
  const one = (name: string) => given.get(name)?.at(-1);
  if (target.service === undefined) noteTerminal(one("tty") === "true" && one("interactive") === "true", notes);
  return {
    keys: {
      launch: "exec",
      ...target,
      command,
      ...(one("user") !== undefined && { user: one("user") ?? "" }),
      ...(one("workdir") !== undefined && { working_dir: one("workdir") ?? "" }),
      ...(environment.size > 0 && { environment: Object.fromEntries(environment) }),
    },
    notes,
    ...(one("detach") === "true" && { isDetached: true as const }),
  };
}

const COMPOSE: OptionTable = {
  valued: [
    "file",
    "project-name",
    "project-directory",
    "profile",
    "env-file",
    "ansi",
    "progress",
    "parallel",
    "log-level",
  ],
  flags: ["verbose", "no-ansi", "compatibility"],
  short: { f: "file", p: "project-name" },
};
const COMPOSE_EXEC: OptionTable = {
  valued: ["env", "user", "workdir", "index"],
  flags: ["detach", "no-TTY", "interactive", "tty"],
  short: { ...PROCESS_SHORT, T: "no-TTY" },
};
const COMPOSE_RUN: OptionTable = {
  valued: ["env", "user", "workdir", "entrypoint", "name", "volume", "label", "publish", "cap-add", "cap-drop", "pull"],
  flags: [
    "rm",
    "detach",
    "no-deps",
    "no-TTY",
    "interactive",
    "tty",
    "quiet-pull",
    "service-ports",
    "use-aliases",
    "quiet",
    "build",
    "remove-orphans",
  ],
  short: { ...PROCESS_SHORT, T: "no-TTY", v: "volume", l: "label", p: "publish", q: "quiet" },
};

function readCompose(words: readonly string[], surroundings: DockerSurroundings): DockerJob | NoDockerJob {
  const global = readOptions(words, COMPOSE);
  if ("cannot" in global) return global;
  const [verb = "", ...args] = global.rest;
  if (verb !== "exec" && verb !== "run")
    return { cannot: `"docker compose ${verb}" is no command that a job stands for` };
  const options = readOptions(args, verb === "exec" ? COMPOSE_EXEC : COMPOSE_RUN);
  if ("cannot" in options) return options;
  const [service, ...command] = options.rest;
  if (service === undefined) return { cannot: "it names no service" };
  if (verb === "exec") {
    if (command.length === 0) return { cannot: "it names no command" };
    const index = options.given.get("index")?.at(-1);
    if (index !== undefined && index !== "1") return { cannot: `--index ${index} has no key here` };
    const project = projectOf(global, surroundings);
    return execJob(options, { target: { service, ...(project !== undefined && { project }) }, command, surroundings });
  }
  return readComposeRun(options, {
    service,
    command,
    file: global.given.get("file")?.at(-1) ?? "its Compose file",
    surroundings,
  });
}

interface ComposeRun {
  readonly service: string;
  readonly command: readonly string[];
  readonly file: string;
  readonly surroundings: DockerSurroundings;
}

/** The service's own keys are in its Compose file. */
function readComposeRun(
  { given }: Options,
  { service, command, file, surroundings }: ComposeRun,
): DockerJob | NoDockerJob {
  const notes: DockerNote[] = [
    {
      code: "import-image",
      message: `the image, and all else that ${file} says of the service ${service}, is not known here; image is TODO, which check refuses`,
      hint: `copy the keys of ${service}; or give the service labels of shipbell's`,
      key: "image",
    },
  ];
  for (const name of ["volume", "label", "publish", "cap-add", "cap-drop", "pull"])
    if (given.has(name)) return { cannot: `its option --${name} stands for keys next to those of ${file}` };
  const environment = readEnvironment(given.get("env") ?? [], surroundings, notes);
  const one = (name: string) => given.get(name)?.at(-1);
  const entrypoint = one("entrypoint");
  return {
    keys: {
      image: "TODO",
      ...(entrypoint !== undefined && { entrypoint: entrypoint === "" ? [] : [entrypoint] }),
      ...(command.length > 0 && { command }),
      ...(one("user") !== undefined && { user: one("user") ?? "" }),
      ...(one("workdir") !== undefined && { working_dir: one("workdir") ?? "" }),
      ...(environment.size > 0 && { environment: Object.fromEntries(environment) }),
    },
    notes,
    ...(one("detach") === "true" && { isDetached: true as const }),
  };
}

/** As Compose names a project that has no name: after its folder. */
function projectOf({ given }: Options, { variable, workingDir }: DockerSurroundings): string | undefined {
  const named = given.get("project-name")?.at(-1) ?? variable("COMPOSE_PROJECT_NAME");
  if (named !== undefined) return named;
  const file = given.get("file")?.[0];
  const folder =
    given.get("project-directory")?.at(-1) ??
    (file?.startsWith("/")
      ? file.replace(/\/[^/]*$/, "")
      : file === undefined || !file.includes("/")
        ? workingDir
        : undefined);
  const name = folder?.split("/").findLast((part) => part !== "");
  const fitted = name
    ?.toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
  return fitted === "" ? undefined : fitted;
}
