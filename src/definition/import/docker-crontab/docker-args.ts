import { withHostPaths } from "../bind-volumes.ts";
import type { FileValue } from "../imported.ts";

/** Options of `docker run` or `docker exec` as keys of a job. */
export interface DockerArgs {
  readonly keys: Readonly<Record<string, FileValue>>;
  /** `--detach`: the command does not wait for the container. */
  readonly isDetached: boolean;
  /** `--name`: two containers cannot run at the same time. */
  readonly isNamed: boolean;
  /** Options that are left out. */
  readonly left: readonly string[];
}

/** An option that no key says. */
export interface UnknownArgs {
  readonly unknown: string;
}

type Kind = "flag" | "one" | "list";

interface Option {
  readonly kind: Kind;
  /** The key of a job; none for what is handled by itself, or left out. */
  readonly key?: string;
}

const flag = (key?: string): Option => ({ kind: "flag", ...(key !== undefined && { key }) });
const one = (key?: string): Option => ({ kind: "one", ...(key !== undefined && { key }) });
const list = (key?: string): Option => ({ kind: "list", ...(key !== undefined && { key }) });

const SHARED: Readonly<Record<string, Option>> = {
  "--detach": flag(),
  "--interactive": flag(),
  "--tty": flag(),
  "--env": list("environment"),
  "--user": one("user"),
  "--workdir": one("working_dir"),
};

const RUN: Readonly<Record<string, Option>> = {
  ...SHARED,
  "--rm": flag(),
  "--tty": flag("tty"),
  "--privileged": flag("privileged"),
  "--read-only": flag("read_only"),
  "--init": flag("init"),
  "--publish-all": flag(),
  "--name": one(),
  "--network": list("networks"),
  "--entrypoint": one("entrypoint"),
  "--hostname": one("hostname"),
  "--memory": one("mem_limit"),
  "--memory-reservation": one("mem_reservation"),
  "--cpus": one("cpus"),
  "--pull": one("pull_policy"),
  "--shm-size": one("shm_size"),
  "--pid": one("pid"),
  "--ipc": one("ipc"),
  "--stop-signal": one("stop_signal"),
  "--env-file": list("env_file"),
  "--volume": list("volumes"),
  "--volumes-from": list("volumes_from"),
  "--label": list("labels"),
  "--add-host": list("extra_hosts"),
  "--cap-add": list("cap_add"),
  "--cap-drop": list("cap_drop"),
  "--device": list("devices"),
  "--dns": list("dns"),
  "--group-add": list("group_add"),
  "--security-opt": list("security_opt"),
  "--tmpfs": list("tmpfs"),
  "--publish": list(),
  "--expose": list(),
  "--restart": one(),
};

const OPTIONS = { run: RUN, exec: SHARED } as const;

const SHORT: Readonly<Record<string, string>> = {
  d: "--detach",
  e: "--env",
  h: "--hostname",
  i: "--interactive",
  l: "--label",
  m: "--memory",
  p: "--publish",
  P: "--publish-all",
  t: "--tty",
  u: "--user",
  v: "--volume",
  w: "--workdir",
};

const SILENT: ReadonlySet<string> = new Set(["--rm", "--detach", "--interactive", "--name", "--tty"]);

/** Reads the words of a `docker run` or `docker exec` that stand before the image or the container. */
export function readDockerArgs(words: readonly string[], command: "run" | "exec"): DockerArgs | UnknownArgs {
  const known = OPTIONS[command];
  const given = new Map<string, string[]>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const read = nameOf(word, known);
    if (read === undefined) return { unknown: word };
    for (const name of read.flags) given.set(name, ["true"]);
    if (read.name === undefined) continue;
    const value = read.value ?? words[++at];
    if (value === undefined) return { unknown: `${word} without a value` };
    given.set(read.name, [...(given.get(read.name) ?? []), value]);
  }
  const keys: Record<string, FileValue> = {};
  for (const [name, values] of given) {
    const option = known[name];
    if (option?.key !== undefined) Object.assign(keys, keyFor(option, option.key, values));
  }
  const isOn = (name: string) => given.get(name)?.at(-1) === "true";
  return {
    keys,
    isDetached: isOn("--detach"),
    isNamed: given.has("--name"),
    left: [...given.keys()].filter((name) => known[name]?.key === undefined && !SILENT.has(name)),
  };
}

interface ReadOption {
  readonly flags: readonly string[];
  /** The one that takes a value. */
  readonly name?: string;
  readonly value?: string;
}

/** `--name=value`, `--name value`, `-it`, `-e value`, `-evalue`. */
function nameOf(word: string, known: Readonly<Record<string, Option>>): ReadOption | undefined {
  const [, long, value] = /^(--[a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (long !== undefined) {
    const name = long === "--net" ? "--network" : long;
    const option = known[name];
    if (option === undefined) return undefined;
    if (option.kind === "flag") return value === "false" ? { flags: [] } : { flags: [name] };
    return { flags: [], name, ...(value !== undefined && { value }) };
  }
  if (!/^-[a-zA-Z]/.test(word)) return undefined;
  const flags: string[] = [];
  for (let at = 1; at < word.length; at++) {
    const name = SHORT[word.charAt(at)];
    const option = name === undefined ? undefined : known[name];
    if (name === undefined || option === undefined) return undefined;
    if (option.kind !== "flag") {
      const rest = word.slice(at + 1).replace(/^=/, "");
      return { flags, name, ...(rest !== "" && { value: rest }) };
    }
    flags.push(name);
  }
  return { flags };
}

function keyFor({ kind }: Option, key: string, values: readonly string[]): Record<string, FileValue> {
  const last = values.at(-1) ?? "";
  if (key === "networks")
    return values.length === 1 && /^(?:bridge|host|none|container:.*)$/.test(last)
      ? { network_mode: last }
      : { networks: values };
  if (key === "volumes") return { volumes: withHostPaths(values) };
  if (key === "entrypoint") return { entrypoint: last === "" ? [] : [last] };
  return { [key]: kind === "list" ? values : last };
}
