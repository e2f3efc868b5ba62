import { BlockList, isIP } from "node:net";
import type { Docker } from "../connect.ts";
import { registryOf, repositoryOf } from "./image-reference.ts";
import type { RegistryLogin } from "./registry-config.ts";

/** It only improves a message: a slow registry is not waited for. */
const ANSWER_WITHIN_MS = 3000;

/**
 * Asks a registry whether it has the repository of an image: the engine cannot be asked that. Undefined when it does
 * not say, or cannot be reached from here (the engine may still reach it). It gets the login that the engine sends it,
 * and over plain HTTP only if the engine does so too. Never throws.
 */
export async function hasRepository(
  docker: Docker,
  image: string,
  registryAuth: string | undefined,
): Promise<boolean | undefined> {
  try {
    const host = registryOf(image);
    const scheme = (await isInsecure(docker, host)) ? "http" : "https";
    const answer = await fetch(`${scheme}://${host}/v2/${repositoryOf(image)}/tags/list?n=1`, {
      headers: authorization(registryAuth),
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const body = await answer.text();
    if (answer.ok) return true;
    return answer.status === 404 && body.includes("NAME_UNKNOWN") ? false : undefined;
  } catch {
    return undefined;
  }
}

/** A registry that requires tokens refuses this; then it does not say. */
function authorization(registryAuth: string | undefined): Record<string, string> {
  if (registryAuth === undefined) return {};
  const { username, password } = JSON.parse(Buffer.from(registryAuth, "base64url").toString()) as RegistryLogin;
  if (!username || !password) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

interface RegistryInfo {
  readonly RegistryConfig?: {
    readonly InsecureRegistryCIDRs?: readonly string[] | null;
    readonly IndexConfigs?: Readonly<Record<string, { readonly Secure?: boolean }>> | null;
  } | null;
}

/** Whether the engine may speak to this registry without TLS: it was told so (`--insecure-registry`), or it is local. */
async function isInsecure(docker: Docker, host: string): Promise<boolean> {
  const { body } = await docker.call({ method: "GET", path: "/info", deadlineMs: ANSWER_WITHIN_MS });
  const { InsecureRegistryCIDRs, IndexConfigs } = (body as RegistryInfo).RegistryConfig ?? {};
  if (IndexConfigs?.[host]?.Secure === false) return true;
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const address = name === "localhost" ? "127.0.0.1" : name;
  return isIP(address) !== 0 && isWithin(address, InsecureRegistryCIDRs ?? []);
}

function isWithin(address: string, networks: readonly string[]): boolean {
  const family = (text: string) => (isIP(text) === 6 ? "ipv6" : "ipv4");
  const list = new BlockList();
  for (const network of networks) {
    const [base = "", bits = ""] = network.split("/");
    list.addSubnet(base, Number(bits), family(base));
  }
  return list.check(address, family(address));
}
