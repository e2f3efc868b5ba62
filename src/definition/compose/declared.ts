import type { ComposeTemplate, StoredFile, VolumeMount } from "../../job/compose-template.ts";
import { brokenKey, type Declared, type DeclaredFile } from "../../job/declared.ts";

/**
 * The template with what the file declares in place of the names that it uses. A name that the file does not declare is
 * Docker's own. Undefined when it uses a declaration that cannot be read.
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

/** As in Compose, a network that is declared as `default` is that of all who name none; also where it cannot be read. */
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
  return declared === undefined
    ? volume
    : { ...volume, source: declared.name, ...(declared.making && { making: declared.making }) };
}

function withContent(file: StoredFile, files: ReadonlyMap<string, DeclaredFile>): StoredFile {
  const declared = files.get(file.source);
  return declared === undefined
    ? file
    : { ...file, source: declared.name, ...(declared.content && { content: declared.content }) };
}
