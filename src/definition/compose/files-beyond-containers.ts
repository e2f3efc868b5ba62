import { brokenKey, type Declared } from "../../job/declared.ts";
import { type Issue, part } from "../values/issue.ts";
import type { YamlMap, YamlValue } from "../values/yaml.ts";
import { AS_SERVICES, isGiven } from "./key-support.ts";

/** What plain containers cannot have of secrets and configs: all of which the file does not say what they hold. */
export function filesBeyondContainers({ secrets, configs }: YamlMap, declared: Declared): Issue[] {
  return [...beyond("secrets", secrets, declared), ...beyond("configs", configs, declared)];
}

function beyond(kind: "secrets" | "configs", files: YamlValue | undefined, declared: Declared): Issue[] {
  if (!Array.isArray(files) || declared.broken.has(brokenKey(kind))) return [];
  const sources = files.map((file: YamlValue) => (typeof file === "string" ? file : below(file, "source")));
  const isThere = (source: YamlValue | undefined) =>
    typeof source !== "string" ||
    declared[kind].get(source)?.content !== undefined ||
    declared.broken.has(brokenKey(kind, source));
  const kept = sources.find((source) => !isThere(source));
  const fixed = files.flatMap((file: YamlValue, index) => {
    const source = sources[index];
    const content = typeof source === "string" ? declared[kind].get(source)?.content : undefined;
    return content?.from === "file" ? asOnTheHost([kind, index], file) : [];
  });
  return kept === undefined ? fixed : [onlySwarm(kind, String(kept)), ...fixed];
}

function onlySwarm(kind: string, source: string): Issue {
  const message = `${kind} cannot be honoured: only a Swarm keeps them, and jobs run as plain containers here`;
  const hint = `declare ${part(source)} under ${kind} at the top of the file, with what it holds, or ${AS_SERVICES}`;
  return { path: [kind], on: "key", message, hint };
}

function asOnTheHost(path: Issue["path"], file: YamlValue): Issue[] {
  const given = ["uid", "gid", "mode"].filter((key) => isGiven(below(file, key)));
  return given.map((key) => {
    const message = `${path[0]}.${key} cannot be honoured: the file is mounted, and stays as it is on the host`;
    return { path: [...path, key], on: "key", message, hint: `leave it out, or ${AS_SERVICES}` };
  });
}

function below(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as YamlMap)[key] : undefined;
}
