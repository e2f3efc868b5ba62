/** One setting: a row of the table from which the flags, `--help` and `docs/settings.md` are made. */
export interface Setting<T> {
  /** `docker-host` for `--docker-host` and `SHIPBELL_DOCKER_HOST`. */
  readonly flag: string;
  /** What follows the flag in the help: `HOST:PORT`. */
  readonly placeholder: string;
  readonly describe: string;
  /** The value is a list with commas, and the flag may be repeated. */
  readonly isList?: true;
  /**
   * The value is never shown. Command lines are seen by everyone on a machine, so that `--FLAG-file PATH` may name a
   * file with it, as the variable's `_FILE` does.
   */
  readonly secret?: {
    /** Returns what may be shown of it. */
    readonly shown: (text: string) => string;
  };
  readonly default: Default;
  readonly parse: (text: string, surroundings: Surroundings) => Parsed<T>;
}

export interface Default {
  /** For help and documentation. */
  readonly text: string;
  /** Returns the value, which may depend on the surroundings; undefined leaves the setting out. */
  readonly find: (surroundings: Surroundings) => Given | undefined;
}

/** A value as it was written, and where: `--listen`, `SHIPBELL_LISTEN`, `DOCKER_HOST`. */
export interface Given {
  readonly at: string;
  readonly text: string;
}

export type Parsed<T> = { readonly value: T } | { readonly wrong: string; readonly hint?: string };

/** The process's surroundings. */
export interface Surroundings {
  readonly env: Environment;
  /** Whether standard output is a terminal, where people read along. */
  readonly isTerminal: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** `SHIPBELL_DOCKER_HOST` for `docker-host`. */
export function variableOf(setting: Pick<Setting<unknown>, "flag">): string {
  return `SHIPBELL_${setting.flag.toUpperCase().replaceAll("-", "_")}`;
}

/** A default that is the same everywhere. */
export function always(text: string): Default {
  return { text: `\`${text}\``, find: () => ({ at: "default", text }) };
}
