import { isMap } from "../shape.ts";
import { DOCKER_HUB, registryHost } from "./image-reference.ts";

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

/** The file may have been written by anything: its values need not have the types that Docker writes. */
type Raw = Readonly<Record<string, unknown>>;

/**
 * Reads the `auths` of Docker's `config.json`. Programs that keep the secrets elsewhere (`credHelpers`, `credsStore`)
 * are not available in our container, and are named in a warning. Throws if it is not JSON, without quoting from it.
 */
export function readRegistryConfig(text: string): { logins: RegistryLogins; warnings: string[] } {
  const config = parseConfig(text);
  const logins = new Map<string, RegistryLogin>();
  const warnings = warnOfHelpers(config);
  for (const [key, raw] of Object.entries(mapIn(config, "auths"))) {
    const login = readLogin(key, isMap(raw) ? raw : {});
    const host = registryHost(key);
    // Of several keys for one registry, the one that `docker login` writes.
    if (login !== undefined && (!logins.has(host) || key === keyOf(host))) logins.set(host, login);
    else if (login === undefined && !textIn(config, "credsStore"))
      warnings.push(`auths."${key}" has neither "auth" nor a user name and password, nor a token`);
  }
  return { logins, warnings };
}

function keyOf(host: string): string {
  return host === DOCKER_HUB ? "https://index.docker.io/v1/" : host;
}

/** JSON.parse quotes what it cannot parse, which may be a password. */
function parseConfig(text: string): Raw {
  try {
    const config: unknown = JSON.parse(text);
    if (isMap(config)) return config;
  } catch {
    // Said below.
  }
  throw new Error("it is not the JSON object that `docker login` writes");
}

function warnOfHelpers(config: Raw): string[] {
  const store = textIn(config, "credsStore");
  const hint =
    "is not supported: it is a program that shipbell does not have. Give shipbell a config.json of its own, written by " +
    '"docker --config FOLDER login REGISTRY" where no credential store is set';
  return [
    ...(store ? [`credsStore "${store}" ${hint}`] : []),
    ...Object.entries(mapIn(config, "credHelpers")).map(
      ([host, helper]) => `credHelpers "${helper}" for ${host} ${hint}`,
    ),
  ];
}

function readLogin(key: string, raw: Raw): RegistryLogin | undefined {
  const auth = textIn(raw, "auth");
  const [username, password] = auth ? splitAuth(auth) : [textIn(raw, "username"), textIn(raw, "password")];
  const identitytoken = textIn(raw, "identitytoken");
  const registrytoken = textIn(raw, "registrytoken");
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

function mapIn(raw: Raw, key: string): Raw {
  const value = raw[key];
  return isMap(value) ? value : {};
}

function textIn(raw: Raw, key: string): string | undefined {
  const value = raw[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A password may contain colons; a user name may not. */
function splitAuth(auth: string): [username: string, password: string] {
  const text = Buffer.from(auth, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, "")];
}
