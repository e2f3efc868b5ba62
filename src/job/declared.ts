/** What a schedule file declares at its top, for the jobs that name it. */
export interface Declared {
  readonly volumes: ReadonlyMap<string, DeclaredVolume>;
  readonly networks: ReadonlyMap<string, DeclaredNetwork>;
  readonly secrets: ReadonlyMap<string, DeclaredFile>;
  readonly configs: ReadonlyMap<string, DeclaredFile>;
  /** Whether a name is declared in a way that cannot be read: a job that uses it cannot be read either. */
  readonly broken: ReadonlySet<string>;
}

export interface DeclaredVolume {
  /** As the engine has it. */
  readonly name: string;
  /** Absent when it is there already, whoever made it. */
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

/** How a volume or network that the file declares is made where it is missing. */
export interface Making {
  readonly driver?: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A network that is made before the first run, where there is none of that name. */
export interface MadeNetwork extends Making {
  readonly name: string;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ipv6: boolean;
  readonly ipam?: Ipam;
}

export interface Ipam {
  readonly driver?: string;
  readonly options: Readonly<Record<string, string>>;
  readonly pools: readonly AddressPool[];
}

export interface AddressPool {
  readonly subnet?: string;
  readonly ipRange?: string;
  readonly gateway?: string;
  readonly reserved: Readonly<Record<string, string>>;
}

/**
 * What a secret or a config holds: read anew at each run from a file (its absolute path, as shipbell sees it), or known
 * already. A text is behind a function, so that no log, record or message gets hold of it; the digest tells one from
 * another.
 */
export type StoredContent = (
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "text"; readonly text: () => string; readonly digest: string }
) & { readonly labels: Readonly<Record<string, string>> };

/** The name under which a whole section, or one entry of it, is known to be broken. */
export function brokenKey(section: keyof Omit<Declared, "broken">, name = ""): string {
  return `${section}.${name}`;
}

export const NOTHING_DECLARED: Declared = {
  volumes: new Map(),
  networks: new Map(),
  secrets: new Map(),
  configs: new Map(),
  broken: new Set(),
};
