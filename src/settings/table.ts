import { ENGINE_CHOICES, ENGINE_KINDS, type EngineChoice } from "../engines/kinds.ts";
import { SOURCES, type SourceName } from "../job/job.ts";
import { ALSO_LABELS, type AlsoLabels, DEFAULT_LABEL_RULES, type LabelRules } from "../job/label-rules.ts";
import { NO_CHANNEL } from "../job/notify.ts";
import { shownAddress } from "../job/shown-address.ts";
import { type DockerHost, dockerHostDefault, parseDockerHost } from "./docker-host.ts";
import {
  type ListenAddress,
  oneOf,
  type PublicUrl,
  parseAhead,
  parseChannelNames,
  parseInstance,
  parseListen,
  parsePath,
  parsePaths,
  parsePools,
  parsePublicUrl,
  parseSecretUrl,
  parseStartsAtOnce,
  parseTimezone,
  someOf,
  splitList,
} from "./parse-values.ts";
import { always, type Default, type Parsed, type Setting } from "./setting.ts";

/** The value of every setting. */
export interface SettingValues extends LabelRules {
  /** Schedule files, and folders with schedule files. */
  readonly schedules: readonly string[];
  /** Absent: the `.env` next to each schedule file. (The flag is not `--env-file`, which Node takes for itself.) */
  readonly envFiles?: readonly string[];
  /** Absent: chosen by the kind of engine. */
  readonly sources?: readonly SourceName[];
  /** For schedules without a zone of their own. */
  readonly timezone: string;
  readonly dockerHost: DockerHost;
  readonly engine: EngineChoice;
  /** Docker's config.json. Absent only where there is no home folder to look in. */
  readonly registryConfig?: string;
  readonly instance: string;
  readonly stateDir: string;
  /** Other schedulers whose labels count. */
  readonly alsoLabels?: readonly AlsoLabels[];
  /** Absent: chosen by the kind of engine. */
  readonly startsAtOnce?: number;
  /** How long before it is due the object of a start may be prepared. */
  readonly aheadMs: number;
  readonly listen: ListenAddress;
  readonly pages: "on" | "off";
  /** The file that says who may do what. */
  readonly httpAuth?: string;
  readonly publicUrl?: PublicUrl;
  /** How many slots each pool has that is not declared in a schedule file. */
  readonly pools?: ReadonlyMap<string, number>;
  /** The file of the channels, which others are told through. */
  readonly channels?: string;
  /** The channels of jobs that do not say whom to tell. */
  readonly notify?: readonly string[];
  /** An address that is pinged while all is well; a secret. */
  readonly heartbeat?: string;
  readonly logLevel: LogLevel;
  readonly logFormat: "json" | "pretty";
}

export type SettingName = keyof SettingValues;

/** pino's words. */
export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

type SettingTable = { readonly [Name in SettingName]-?: Setting<NonNullable<SettingValues[Name]>> };

/** The one place where settings are declared, in the order in which help and documentation show them. */
export const settingTable: SettingTable = {
  schedules: {
    flag: "schedules",
    placeholder: "PATH",
    describe: "Schedule files, and folders with schedule files",
    isList: true,
    default: always("/etc/shipbell/schedules"),
    parse: parsePaths,
  },
  envFiles: {
    flag: "env-files",
    placeholder: "PATH",
    describe: "Files with variables for schedule files, below shipbell's own environment",
    isList: true,
    default: { text: "the `.env` next to each schedule file", find: () => undefined },
    parse: parsePaths,
  },
  sources: {
    flag: "sources",
    placeholder: "LIST",
    describe: "Where jobs are declared: files, and the labels of containers or (on a Swarm) of services",
    isList: true,
    default: byEngine(({ sources }) => sources.join(",")),
    parse: someOf<SourceName>(SOURCES),
  },
  timezone: {
    flag: "timezone",
    placeholder: "ZONE",
    describe: "IANA time zone of schedules without one of their own",
    default: timezoneDefault(),
    parse: parseTimezone,
  },
  dockerHost: {
    flag: "docker-host",
    placeholder: "URL",
    describe: "The Docker Engine: unix:///PATH, or tcp://HOST:PORT (TLS as DOCKER_TLS_VERIFY and DOCKER_CERT_PATH say)",
    default: dockerHostDefault,
    parse: parseDockerHost,
  },
  engine: {
    flag: "engine",
    placeholder: "KIND",
    describe: `Run jobs as ${kinds()
      .map(({ words }) => words.runsJobsAs)
      .join(", or as ")}: ${ENGINE_CHOICES.join(", ")}`,
    default: always("auto"),
    parse: oneOf(ENGINE_CHOICES),
  },
  registryConfig: {
    flag: "registry-config",
    placeholder: "PATH",
    describe: "Docker's config.json, with the credentials for pulling images",
    default: registryConfigDefault(),
    parse: parsePath,
  },
  instance: {
    flag: "instance",
    placeholder: "NAME",
    describe: "Name of this deployment: all its objects carry it, and it touches no others",
    default: always("shipbell"),
    parse: parseInstance,
  },
  stateDir: {
    flag: "state-dir",
    placeholder: "PATH",
    describe: "Folder of the ledger, which must outlive the container",
    default: always("/var/lib/shipbell"),
    parse: parsePath,
  },
  labelPrefix: {
    flag: "label-prefix",
    placeholder: "PREFIX",
    describe: "What labels that declare jobs begin with: PREFIX.schedule",
    default: always(DEFAULT_LABEL_RULES.labelPrefix),
    parse: parsePrefix,
  },
  allowObjects: {
    flag: "allow-objects",
    placeholder: "GLOBS",
    describe: "Names of the containers or services whose labels may declare jobs: `*` is any text, `?` one character",
    isList: true,
    default: always("*"),
    parse: parseGlobs,
  },
  allowObjectLabels: {
    flag: "allow-object-labels",
    placeholder: "GLOBS",
    describe: "Labels, KEY or KEY=VALUE, of which a container or service needs one to declare jobs",
    isList: true,
    default: always("*"),
    parse: parseGlobs,
  },
  allowStacks: {
    flag: "allow-stacks",
    placeholder: "GLOBS",
    describe: "Stacks or Compose projects whose services may declare jobs; `?*` is any, but not none",
    isList: true,
    default: always("*"),
    parse: parseGlobs,
  },
  allowImages: {
    flag: "allow-images",
    placeholder: "GLOBS",
    describe: "Images that jobs declared by labels may run",
    isList: true,
    default: always("*"),
    parse: parseGlobs,
  },
  allowExec: {
    flag: "allow-exec",
    placeholder: "BOOL",
    describe: "Whether jobs declared by labels may run a command in a running container: true, false",
    default: always(String(DEFAULT_LABEL_RULES.allowExec)),
    parse: parseBool,
  },
  allowChannels: {
    flag: "allow-channels",
    placeholder: "GLOBS",
    describe: `Channels that labels may name to tell others of their jobs; \`${NO_CHANNEL}\` allows none`,
    isList: true,
    default: always("*"),
    parse: (text) => (text === NO_CHANNEL ? { value: [] } : parseGlobs(text)),
  },
  alsoLabels: {
    flag: "also-labels",
    placeholder: "LIST",
    describe: `Other schedulers whose labels are carried out as they stand: ${ALSO_LABELS.join(", ")}`,
    isList: true,
    default: { text: "none", find: () => undefined },
    parse: parseAlsoLabels,
  },
  startsAtOnce: {
    flag: "starts-at-once",
    placeholder: "N",
    describe: "How many jobs are started at the same time; the others wait, none is dropped",
    default: byEngine(({ startsAtOnce }) => String(startsAtOnce)),
    parse: parseStartsAtOnce,
  },
  aheadMs: {
    flag: "ahead",
    placeholder: "DURATION",
    describe:
      "How long before it is due a start may be prepared: its container or service is there and does not run; 0 is not at all",
    default: always("10s"),
    parse: parseAhead,
  },
  listen: {
    flag: "listen",
    placeholder: "HOST:PORT",
    describe:
      "Where the web page, the JSON API, /metrics, /healthz and /readyz are served; :PORT is all addresses, port 0 a free one",
    default: always(":8494"),
    parse: parseListen,
  },
  pages: {
    flag: "pages",
    placeholder: "on|off",
    describe: "Whether the web page and the JSON API are served next to /metrics: on, off",
    default: always("on"),
    parse: oneOf(["on", "off"]),
  },
  httpAuth: {
    flag: "http-auth",
    placeholder: "FILE",
    describe: "File that says who may see and do what through page and API",
    default: { text: "none: everyone may see what /metrics tells, and nothing else", find: () => undefined },
    parse: parsePath,
  },
  publicUrl: {
    flag: "public-url",
    placeholder: "URL",
    describe: "Address at which people reach the page, if a proxy is in front of it",
    default: { text: "none", find: () => undefined },
    parse: parsePublicUrl,
  },
  pools: {
    flag: "pools",
    placeholder: "POOLS",
    describe: "How many attempts may be active at once in each pool: db=2,mail=1",
    isList: true,
    default: { text: "none, apart from those that schedule files declare", find: () => undefined },
    parse: parsePools,
  },
  channels: {
    flag: "channels",
    placeholder: "FILE",
    describe: "File with the channels through which others are told how jobs end",
    default: { text: "none: no notices are sent", find: () => undefined },
    parse: parsePath,
  },
  notify: {
    flag: "notify",
    placeholder: "CHANNELS",
    describe: "Channels of jobs that do not say themselves who is told",
    isList: true,
    default: { text: "none", find: () => undefined },
    parse: parseChannelNames,
  },
  heartbeat: {
    flag: "heartbeat",
    placeholder: "URL",
    describe: "Address that is pinged each minute while the scheduler works and its engine answers",
    secret: { shown: shownAddress },
    default: { text: "none", find: () => undefined },
    parse: parseSecretUrl,
  },
  logLevel: {
    flag: "log-level",
    placeholder: "LEVEL",
    describe: "Lowest level that is logged: fatal, error, warn, info, debug, trace, silent",
    default: always("info"),
    parse: oneOf<LogLevel>(["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
  },
  logFormat: {
    flag: "log-format",
    placeholder: "FORMAT",
    describe: "How the log is written: json, or pretty for people",
    default: {
      text: "`pretty` on a terminal, `json` elsewhere",
      find: ({ isTerminal }) => ({ at: "default", text: isTerminal ? "pretty" : "json" }),
    },
    parse: oneOf(["json", "pretty"]),
  },
};

/** What fits depends on the engine, which is known later. */
function byEngine(defaultOf: (defaults: Kind["defaults"]) => string): Default {
  const texts = kinds().map(({ words, defaults }) => `${words.where ?? ""} \`${defaultOf(defaults)}\``.trim());
  return { text: texts.join(", or "), find: () => undefined };
}

type Kind = (typeof ENGINE_KINDS)[number] & { readonly words: { readonly where?: string } };

/** All kinds of engine, the usual one first. */
function kinds(): readonly Kind[] {
  return (ENGINE_KINDS as readonly Kind[]).toSorted((a, b) => Number("where" in a.words) - Number("where" in b.words));
}

/**
 * The process's own zone. A `TZ` that is not an IANA name is a problem, unless another zone is chosen: with UTC instead,
 * jobs would start at other times than the machine's clock suggests.
 */
function timezoneDefault(): Default {
  return {
    text: "`TZ`, or `UTC`",
    find: ({ env }) => {
      const zone = ianaName(env.TZ?.trim() ?? "");
      return zone === "" ? { at: "default", text: "UTC" } : { at: "TZ", text: zone };
    },
  };
}

/** Also understands other spellings that libc takes: `:Europe/Berlin`, the path of the zone's file, `UTC0`. */
function ianaName(zone: string): string {
  const [, file] = /^:?(?:\/.*\/zoneinfo\/)?(?:posix\/)?(.*)$/s.exec(zone) ?? [];
  return /^(?:UTC|GMT)[+-]?0$/i.test(zone) ? "UTC" : (file ?? zone);
}

function registryConfigDefault(): Default {
  return {
    text: "`$DOCKER_CONFIG/config.json`, or `~/.docker/config.json`; it need not exist",
    find: ({ env }) => {
      const chosen = env.DOCKER_CONFIG?.trim();
      if (chosen) return inFolder("DOCKER_CONFIG", chosen);
      return env.HOME ? inFolder("default", `${env.HOME}/.docker`) : undefined;
    },
  };
}

/** A folder in quotes stays as it is, so that the quotes are reported. */
function inFolder(at: string, folder: string): { readonly at: string; readonly text: string } {
  return { at, text: /^(["'`]).*\1$/s.test(folder) ? folder : `${folder}/config.json` };
}

function parseGlobs(text: string): Parsed<readonly string[]> {
  const globs = splitList(text);
  return globs.length > 0
    ? { value: globs }
    : { wrong: "names nothing", hint: "write * for all; to read no labels at all, set sources to files" };
}

const OURS = "shipbell";

/** Refuses prefixes that extend ours: every scheduler with the default prefix would read those labels, too. */
function parsePrefix(text: string): Parsed<string> {
  if (!/^[a-z0-9]+([._-]+[a-z0-9]+)*$/.test(text)) {
    const wrong = `"${text}" cannot begin labels: allowed are lower-case letters and digits, with ".", "_" and "-" between them`;
    return { wrong, ...(text.endsWith(".") && { hint: "leave out the dot at the end" }) };
  }
  if (!text.startsWith(`${OURS}.`)) return { value: text };
  const wrong = `"${text}" cannot begin labels: a scheduler with the default prefix would read them as its own`;
  return { wrong, hint: `write ${text.slice(OURS.length + 1)}, or com.example.${text}` };
}

function parseAlsoLabels(text: string): Parsed<readonly AlsoLabels[]> {
  const parsed = someOf<AlsoLabels>(ALSO_LABELS)(text);
  const isTwice = "value" in parsed && parsed.value.filter((kind) => kind.startsWith("ofelia")).length > 1;
  if (!isTwice) return parsed;
  const hint =
    "name the one that has read them: ofelia for mcuadros/ofelia (ofelia-0.3 and ofelia-0.4 for a version), ofelia-netresearch for netresearch/ofelia";
  return { wrong: "names several dialects of the same labels", hint };
}

function parseBool(text: string): Parsed<boolean> {
  const parsed = oneOf(["true", "false"])(text.toLowerCase());
  return "value" in parsed ? { value: parsed.value === "true" } : parsed;
}
