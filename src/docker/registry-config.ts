import { registryHost } from "./image-reference.ts";

/** What is sent as `X-Registry-Auth`, in Docker's own words. */
export interface RegistryLogin {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
  readonly serveraddress: string;
}

/** By the registry's host. */
export type RegistryLogins = ReadonlyMap<string, RegistryLogin>;

interface RawConfig {
  readonly auths?: Readonly<Record<string, RawAuth>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

interface RawAuth {
  /** Base64 of `user:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/**
 * Reads Docker's `config.json`: its `auths`. Programs that keep the secrets elsewhere (`credHelpers`, `credsStore`)
 * are not on hand in our container, and are named in a warning. Throws when it is no JSON, without quoting from it.
 */
export function readRegistryConfig(text: string): { logins: RegistryLogins; warnings: string[] } {
  const config = parseConfig(text);
  const logins = new Map<string, RegistryLogin>();
  const warnings = warnOfHelpers(config);
  for (const [key, raw] of Object.entries(config.auths ?? {})) {
    const login = readLogin(key, raw);
    if (login !== undefined) logins.set(registryHost(key), login);
    else if (!config.credsStore) warnings.push(`auths."${key}" has neither "auth" nor a user name and password`);
  }
  return { logins, warnings };
}

/** JSON.parse quotes what it stumbles over: here that may be a password. */
function parseConfig(text: string): RawConfig {
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === "object" && config !== null) return config as RawConfig;
  } catch {
    // Said below.
  }
  throw new Error("it is not the JSON object that `docker login` writes");
}

function warnOfHelpers({ credsStore, credHelpers }: RawConfig): string[] {
  const hint = 'is not supported; log in with "docker login" where no credential store is set, and use that file';
  return [
    ...(credsStore ? [`credsStore "${credsStore}" ${hint}`] : []),
    ...Object.entries(credHelpers ?? {}).map(([host, helper]) => `credHelpers "${helper}" for ${host} ${hint}`),
  ];
}

function readLogin(key: string, raw: RawAuth): RegistryLogin | undefined {
  const [username, password] = raw.auth ? splitAuth(raw.auth) : [raw.username, raw.password];
  const { identitytoken, registrytoken } = raw;
  if (!(username && password) && !identitytoken && !registrytoken) return undefined;
  return {
    ...(username && { username }),
    // With an identity token, Docker's tools leave the password out.
    ...(password && !identitytoken && { password }),
    ...(identitytoken && { identitytoken }),
    ...(registrytoken && { registrytoken }),
    serveraddress: key,
  };
}

/** A password may have colons, a user name may not. */
function splitAuth(auth: string): [username: string, password: string] {
  const text = Buffer.from(auth, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, "")];
}
