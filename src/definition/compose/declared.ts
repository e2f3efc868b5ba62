import type { ComposeTemplate, MadeNetwork, Making, StoredContent, StoredFile, VolumeMount } from "../../job/job.ts";

/** What a schedule file declares at its top, for the jobs that name it. */
export interface Declared {
  readonly volumes: ReadonlyMap<string, DeclaredVolume>;
  readonly networks: ReadonlyMap<string, DeclaredNetwork>;
  readonly secrets: ReadonlyMap<string, DeclaredFile>;
  readonly configs: ReadonlyMap<string, DeclaredFile>;
  /** Names (see `brokenKey`) whose declaration cannot be read: then a job that uses one cannot be read either. */
  readonly broken: ReadonlySet<string>;
}

export interface DeclaredVolume {
  /** As the engine has it. */
  readonly name: string;
  /** Absent for an external volume: it exists already. */
  readonly making?: Making;
}

export interface DeclaredNetwork {
  readonly name: string;
  readonly made?: MadeNetwork;
}

export interface DeclaredFile {
  readonly name: string;
  readonly content?: StoredContent;
}

export const NOTHING_DECLARED: Declared = {
  volumes: new Map(),
  networks: new Map(),
  secrets: new Map(),
  configs: new Map(),
  broken: new Set(),
};

/** The name under which a whole section, or one entry of it, is known to be broken. */
export function brokenKey(section: keyof Omit<Declared, "broken">, name = ""): string {
  return `${section}.${name}`;
}

/**
 * Returns the template with what the file declares in place of the names that it uses; other names are Docker's own.
 * Undefined when it uses a declaration that cannot be read.
 */
export function useDeclared(template: ComposeTemplate, declared: Declared): ComposeTemplate | undefined {
  const networks = networksOf(template, declared);
  if (usesBroken({ ...template, networks }, declared)) return undefined;
  const nameOf = (key: string) => declared.networks.get(key)?.name ?? key;
  const settings = Object.entries(template.networkSettings ?? {}).map(([key, value]) => [nameOf(key), value] as const);
  const made = networks.flatMap((name) => declared.networks.get(name)?.made ?? []);
  return {
    ...template,
    volumes: template.volumes.map((volume) => withVolume(volume, declared)),
    networks: networks.map(nameOf),
    ...(settings.length > 0 && { networkSettings: Object.fromEntries(settings) }),
    ...(made.length > 0 && { madeNetworks: made }),
    secrets: template.secrets.map((file) => withContent(file, declared.secrets)),
    configs: template.configs.map((file) => withContent(file, declared.configs)),
  };
}

/** As in Compose, jobs that name no network are on the one declared as `default`, even if its declaration is broken. */
function networksOf({ networks }: ComposeTemplate, { networks: known, broken }: Declared): readonly string[] {
  if (networks.length > 0) return networks;
  const mayBeDeclared = broken.has(brokenKey("networks")) || broken.has(brokenKey("networks", "default"));
  return known.has("default") || mayBeDeclared ? ["default"] : [];
}

function usesBroken({ volumes, networks, secrets, configs }: ComposeTemplate, { broken }: Declared): boolean {
  if (broken.size === 0) return false;
  const named = volumes.flatMap(({ type, source }) => (type === "volume" && source !== undefined ? [source] : []));
  const uses = [
    ["volumes", named],
    ["networks", networks],
    ["secrets", secrets.map(({ source }) => source)],
    ["configs", configs.map(({ source }) => source)],
  ] as const;
  return uses.some(
    ([section, names]) =>
      (names.length > 0 && broken.has(brokenKey(section))) ||
      names.some((name) => broken.has(brokenKey(section, name))),
  );
}

function withVolume(volume: VolumeMount, { volumes }: Declared): VolumeMount {
  const declared = volume.type === "volume" ? volumes.get(volume.source ?? "") : undefined;
  if (declared === undefined) return volume;
  return { ...volume, source: declared.name, ...(declared.making && { making: declared.making }) };
}

function withContent(file: StoredFile, files: ReadonlyMap<string, DeclaredFile>): StoredFile {
  const declared = files.get(file.source);
  if (declared === undefined) return file;
  return { ...file, source: declared.name, ...(declared.content && { content: declared.content }) };
}
