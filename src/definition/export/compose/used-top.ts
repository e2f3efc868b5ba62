import type { FileValue } from "../../import/imported.ts";
import type { FileMap } from "../source-file.ts";

interface Used {
  /** Keys of the job that must be written out. */
  readonly keys: FileMap;
  /** What the top of its file must declare. */
  readonly top: FileMap;
  /** Secrets and configs of a Swarm, which the file does not declare. */
  readonly ofSwarm: readonly string[];
}

/**
 * Declares what a job uses by name as Compose needs it: under the names that the engine has, which Compose would begin with
 * that of a project. A file that has a project of its own stays as it is.
 */
export function usedTop(keys: FileMap, top: FileMap): Used {
  const isProject = top.name != null;
  const networks = networksOf(keys, top);
  const declare = (section: string, name: string, undeclared: FileValue): FileValue => {
    const all = mapOf(top[section]);
    if (!(name in all)) return undeclared;
    const declared = mapOf(all[name]);
    const isNamed = isProject || declared.name != null || declared.external === "true";
    return isNamed ? (all[name] ?? null) : { ...declared, name };
  };
  const volumes = volumesOf(keys.volumes).map((name) => [name, declare("volumes", name, { name })] as const);
  const joined = networks.names.map((name) => [name, declare("networks", name, { external: "true", name })] as const);
  const stored = (["secrets", "configs"] as const).flatMap((section) =>
    sourcesOf(keys[section]).filter(
      (name) => !(name in mapOf(top[section])) || mapOf(mapOf(top[section])[name]).external === "true",
    ),
  );
  const files = (["secrets", "configs"] as const).map((section) => {
    const names = sourcesOf(keys[section]).filter((name) => name in mapOf(top[section]));
    return [section, names.map((name) => [name, mapOf(top[section])[name] ?? null] as const)] as const;
  });
  const sections = [["volumes", volumes] as const, ["networks", joined] as const, ...files];
  return {
    ofSwarm: stored,
    keys: networks.mode === undefined ? {} : { network_mode: networks.mode },
    top: Object.fromEntries(
      sections.flatMap(([section, used]) => (used.length === 0 ? [] : [[section, Object.fromEntries(used)] as const])),
    ),
  };
}

/** A job without a network is on the engine's bridge here, and on the project's in Compose. */
function networksOf({ networks, network_mode }: FileMap, top: FileMap): { names: readonly string[]; mode?: string } {
  if (network_mode != null) return { names: [] };
  const names = Array.isArray(networks) ? networks.map(String) : Object.keys(mapOf(networks));
  if (names.length > 0) return { names };
  if (top.name != null) return { names: [] };
  return "default" in mapOf(top.networks) ? { names: ["default"] } : { names: [], mode: "bridge" };
}

/** Short volumes begin with a name, long ones have it as their source. */
function volumesOf(volumes: FileValue | undefined): readonly string[] {
  return (Array.isArray(volumes) ? (volumes as readonly FileValue[]) : []).flatMap((volume) => {
    if (typeof volume === "string") return /^[a-zA-Z0-9][\w.-]*(?=:)/.exec(volume)?.slice(0, 1) ?? [];
    const { source, type } = mapOf(volume);
    return typeof source === "string" && type === "volume" ? [source] : [];
  });
}

function sourcesOf(files: FileValue | undefined): readonly string[] {
  return (Array.isArray(files) ? (files as readonly FileValue[]) : []).flatMap((file) => {
    const source = typeof file === "string" ? file : mapOf(file).source;
    return typeof source === "string" ? [source] : [];
  });
}

function mapOf(value: FileValue | undefined): FileMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as FileMap) : {};
}
