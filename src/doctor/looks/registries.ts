import { counted } from "../../view/words/counted.ts";
import { type Finding, named, note, sound, trouble, warning } from "../finding.ts";

export interface RegistryFacts {
  /** Of `--registry-config`; absent where there is no home folder to look in. */
  readonly path?: string;
  readonly isChosen: boolean;
  readonly file: "read" | "missing" | { readonly unreadable: string };
  /** What cannot be used of it. */
  readonly warnings: readonly string[];
  /** Registries that it has credentials for. */
  readonly logins: readonly string[];
  /** By registry, the images that declared jobs name. */
  readonly images: ReadonlyMap<string, readonly string[]>;
}

/** Says which images are pulled with credentials, and whether these can be read. */
export function lookAtRegistries({
  path,
  isChosen,
  file,
  warnings,
  logins,
  images,
}: RegistryFacts): readonly Finding[] {
  const at = path ?? "--registry-config";
  if (file === "missing" && isChosen)
    return [trouble(at, "there is no such file", "mount it, or leave --registry-config out")];
  if (file === "missing" || path === undefined)
    return [sound("--registry-config", "there are no credentials for registries; images are pulled without")];
  if (file !== "read") {
    const find = isChosen ? trouble : warning;
    return [find(at, `the registry credentials cannot be read: ${file.unreadable}`)];
  }
  return [
    ...warnings.map((message) => warning(at, message)),
    ...logins.map((registry) => {
      const used = images.get(registry) ?? [];
      return used.length > 0
        ? sound(at, `${registry}: credentials for ${counted(used.length, "image")} of declared jobs: ${named(used)}`)
        : note(at, `${registry}: credentials that no image of a declared job needs`);
    }),
    ...(logins.length === 0 && warnings.length === 0 ? [note(at, "has no credentials")] : []),
  ];
}
