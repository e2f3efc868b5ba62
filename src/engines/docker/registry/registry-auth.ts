import { type BigIntStats, readFileSync, statSync } from "node:fs";
import type { Problem } from "../../../job/problem.ts";
import { ReplacedFiles } from "../../../job/replaced-file.ts";
import { registryOf } from "./image-reference.ts";
import { type RegistryLogin, type RegistryLogins, readRegistryConfig } from "./registry-config.ts";

/**
 * Our credentials for registries: Docker's own `config.json`, read again at the next use after it has changed, since a
 * token in it may be renewed while we run.
 */
export class RegistryCredentials {
  readonly #path: string;
  readonly #report: (problems: readonly Problem[]) => void;
  readonly #replaced = new ReplacedFiles();
  #seen: { readonly version: string; readonly logins: RegistryLogins } | undefined;

  /**
   * `report` is called once per version of the file with what is wrong with it, or with nothing. It is never given a
   * secret.
   */
  constructor(path: string, report: (problems: readonly Problem[]) => void) {
    this.#path = path;
    this.#report = report;
  }

  /** The `X-Registry-Auth` for pulling this image; undefined if the file does not know its registry. */
  headerFor(image: string): string | undefined {
    const login = this.#logins().get(registryOf(image));
    return login && encode(login);
  }

  /** Reads the file now, so that what cannot be used of it is reported before an image is needed. */
  look(): void {
    this.#logins();
  }

  #logins(): RegistryLogins {
    const at = this.#path;
    const { version, isDetached } = lookAt(at);
    if (this.#seen?.version === version) return this.#seen.logins;
    const { logins, warnings } = version === MISSING ? { logins: new Map(), warnings: [] } : this.#read();
    this.#seen = { version, logins };
    const replaced = this.#replaced.among(version === MISSING ? [] : [{ path: at, isDetached }]);
    this.#report([...warnings.map((message) => ({ at, message })), ...replaced]);
    return logins;
  }

  #read(): { readonly logins: RegistryLogins; readonly warnings: readonly string[] } {
    try {
      return readRegistryConfig(readFileSync(this.#path, "utf8"));
    } catch (error) {
      const message = `the registry credentials cannot be read: ${(error as Error).message}`;
      return { logins: new Map(), warnings: [message] };
    }
  }
}

const MISSING = "missing";

/** With padding: without it the engine ignores the header silently, and pulls without credentials. */
function encode(login: RegistryLogin): string {
  return Buffer.from(JSON.stringify(login)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** `version` changes with the file, even if it is replaced by one of the same age or size. */
function lookAt(path: string): { readonly version: string; readonly isDetached?: boolean } {
  try {
    const stat: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return { version: MISSING };
    const isDetached = stat.nlink === 0n;
    return { version: `${stat.ino}:${stat.mtimeNs}:${stat.size}:${isDetached}`, isDetached };
  } catch (error) {
    // Its folder may not be readable. Reading the file then reports the same, as a warning.
    return { version: String(error) };
  }
}
