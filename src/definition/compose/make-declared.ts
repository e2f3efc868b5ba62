import type { DeclaredFile, DeclaredNetwork, DeclaredVolume, Ipam, Making, StoredContent } from "../../job/declared.ts";
import { configDigest, type DigestSecret } from "../secret-digest.ts";
import { textsOf } from "../values/assignments.ts";
import { given } from "../values/given.ts";
import { normalizePath } from "../values/normalize-path.ts";
import type { Variables } from "../variables/interpolate.ts";
import type { AnyDeclaration } from "./check-declaration.ts";
import type { Declaration, Section } from "./declaration-schema.ts";

export interface DeclarationSettings {
  readonly variables: Variables;
  /** Absolute path of the folder that relative paths start from. */
  readonly folder: string;
  /** Undefined while it is worked out: as with files that are not read yet, what is made of the file is then not used. */
  readonly digestSecret: DigestSecret;
}

type Made = DeclaredVolume | DeclaredNetwork | DeclaredFile | { readonly unset: string };

/** What a declaration, which is right, comes to. A name is used as it is written: shipbell has no project to prefix it. */
export function declare(section: Section, key: string, keys: AnyDeclaration, settings: DeclarationSettings): Made {
  if (section === "volumes") return declareVolume(key, keys as Declaration<"volumes">);
  if (section === "networks") return declareNetwork(key, keys as Declaration<"networks">);
  return declareFile(section, key, keys as Declaration<"configs">, settings);
}

function declareVolume(key: string, keys: Declaration<"volumes">): DeclaredVolume {
  const name = keys.name ?? key;
  return keys.external ? { name } : { name, making: makingOf(keys) };
}

function declareNetwork(key: string, keys: Declaration<"networks">): DeclaredNetwork {
  const name = keys.name ?? key;
  if (keys.external) return { name };
  const made = {
    ...makingOf(keys),
    name,
    internal: keys.internal ?? false,
    attachable: keys.attachable ?? false,
    ipv6: keys.enable_ipv6 ?? false,
    ...given("ipam", keys.ipam && ipamOf(keys.ipam)),
  };
  return { name, made };
}

type Driven = Pick<Declaration<"volumes">, "driver" | "driver_opts" | "labels">;

function makingOf({ driver, driver_opts, labels }: Driven): Making {
  return { ...given("driver", driver), options: textsOf(driver_opts), labels: textsOf(labels) };
}

function ipamOf({ driver, config, options }: NonNullable<Declaration<"networks">["ipam"]>): Ipam {
  const pools = (config ?? []).map(({ subnet, ip_range, gateway, aux_addresses }) => ({
    ...given("subnet", subnet),
    ...given("ipRange", ip_range),
    ...given("gateway", gateway),
    reserved: textsOf(aux_addresses),
  }));
  return { ...given("driver", driver), options: textsOf(options), pools };
}

function declareFile(
  section: "secrets" | "configs",
  key: string,
  keys: Declaration<"configs">,
  { variables, folder, digestSecret }: DeclarationSettings,
): DeclaredFile | { readonly unset: string } {
  const name = keys.name ?? key;
  if (keys.external) return { name };
  const labels = textsOf(keys.labels);
  if (keys.file != null) {
    const path = pathBeside(folder, keys.file);
    return { name, content: { from: "file", path, labels } };
  }
  const written = keys.content ?? variable(variables, keys.environment ?? "");
  if (written === undefined) return { unset: keys.environment ?? "" };
  const digest = section === "secrets" ? (digestSecret(written) ?? "") : configDigest(written);
  const content: StoredContent = { from: "text", text: () => written, digest, labels };
  return { name, content };
}

/** The absolute path of a file that a schedule file in this folder names. */
export function pathBeside(folder: string, file: string): string {
  return normalizePath(file.startsWith("/") ? file : `${folder}/${file}`);
}

function variable(variables: Variables, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}
