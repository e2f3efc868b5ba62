import { ENGINE_CHOICES, type EngineChoice } from "../engines/kinds.ts";
import type { SourceName } from "../job/job.ts";
import type { LabelRules } from "../job/label-rules.ts";
import { type DockerHost, dockerHostDefault, parseDockerHost } from "./docker-host.ts";
import { labelSettings } from "./label-settings.ts";
import {
  type ListenAddress,
  oneOf,
  parseInstance,
  parseListen,
  parsePath,
  parsePaths,
  parseStartsAtOnce,
  parseTimezone,
  someOf,
} from "./parse-values.ts";
import { always, type Default, type Setting } from "./setting.ts";

/** Everything that can be set, with what was found. */
export interface SettingValues extends LabelRules {
  /** Schedule files, and folders of such. */
  readonly schedules: readonly string[];
  /** Absent: the `.env` beside each schedule file. (Node takes `--env-file` for itself, wherever it stands.) */
  readonly envFiles?: readonly string[];
  /** Absent: as fits the engine. */
  readonly sources?: readonly SourceName[];
  /** For schedules that name no zone of their own. */
  readonly timezone: string;
  readonly dockerHost: DockerHost;
  readonly engine: EngineChoice;
  /** Docker's config.json. Absent only where there is no home folder to look in. */
  readonly registryConfig?: string;
  readonly instance: string;
  readonly stateDir: string;
  /** Absent: as fits the engine. */
  readonly startsAtOnce?: number;
  readonly listen: ListenAddress;
  readonly logLevel: LogLevel;
  readonly logFormat: "json" | "pretty";
}

export type SettingName = keyof SettingValues;

/** pino's words. */
export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

export type SettingTable = { readonly [Name in SettingName]-?: Setting<NonNullable<SettingValues[Name]>> };

/** The one place where settings are declared, in the order in which help and documentation show them. */
export const settingTable: SettingTable = {
  schedules: {
    flag: "schedules",
    placeholder: "PATH",
    describe: "Schedule files, and folders of such",
    isList: true,
    default: always("/etc/shipbell/schedules"),
    parse: parsePaths,
  },
  envFiles: {
    flag: "env-files",
    placeholder: "PATH",
    describe: "Files with variables for schedule files, below shipbell's own environment",
    isList: true,
    default: { text: "the `.env` beside each schedule file", find: () => undefined },
    parse: parsePaths,
  },
  sources: {
    flag: "sources",
    placeholder: "LIST",
    describe: "Where jobs are declared: files, and labels of containers, or of services where jobs run as such",
    isList: true,
    default: byEngine("`files,containers`, or on a Swarm `files,services`"),
    parse: someOf<SourceName>(["files", "containers", "services"]),
  },
  timezone: {
    flag: "timezone",
    placeholder: "ZONE",
    describe: "IANA time zone of schedules that name none of their own",
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
    describe: "Run jobs as containers of this engine, or as services of its Swarm: auto, container, swarm",
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
    describe: "Name of this deployment: what it makes carries it, and it touches nothing that does not",
    default: always("shipbell"),
    parse: parseInstance,
  },
  stateDir: {
    flag: "state-dir",
    placeholder: "PATH",
    describe: "Folder of the ledger: what has happened is kept there, so it must outlive the container",
    default: always("/var/lib/shipbell"),
    parse: parsePath,
  },
  ...labelSettings,
  startsAtOnce: {
    flag: "starts-at-once",
    placeholder: "N",
    describe: "How many jobs are being started at the same time; more of them wait, none is dropped",
    default: byEngine("`8`, or on a Swarm `4`"),
    parse: parseStartsAtOnce,
  },
  listen: {
    flag: "listen",
    placeholder: "HOST:PORT",
    describe: "Where /metrics, /healthz and /readyz are served; :PORT is all addresses, port 0 a free one",
    default: always(":8494"),
    parse: parseListen,
  },
  logLevel: {
    flag: "log-level",
    placeholder: "LEVEL",
    describe: "Least level that is logged: fatal, error, warn, info, debug, trace, silent",
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
function byEngine(text: string): Default {
  return { text, find: () => undefined };
}

/**
 * The process' own zone. A `TZ` that is no IANA name is a problem, unless another zone is chosen: to go on in UTC would
 * start each job at another time than the machine's clock says.
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

/** What libc also takes for the same zone: `:Europe/Berlin`, a path of the zone's file, `UTC0`. */
function ianaName(zone: string): string {
  const [, file] = /^:?(?:\/.*\/zoneinfo\/)?(?:posix\/)?(.*)$/s.exec(zone) ?? [];
  return /^(?:UTC|GMT)[+-]?0$/i.test(zone) ? "UTC" : (file ?? zone);
}

function registryConfigDefault(): Default {
  return {
    text: "`$DOCKER_CONFIG/config.json`, or `~/.docker/config.json`; it need not be there",
    find: ({ env }) => {
      const chosen = env.DOCKER_CONFIG?.trim();
      if (chosen) return inFolder("DOCKER_CONFIG", chosen);
      return env.HOME ? inFolder("default", `${env.HOME}/.docker`) : undefined;
    },
  };
}

/** A folder in quotes stays so, and is found to be. */
function inFolder(at: string, folder: string): { readonly at: string; readonly text: string } {
  return { at, text: /^(["'`]).*\1$/s.test(folder) ? folder : `${folder}/config.json` };
}
