import * as z from "zod";
import type { Ipam, Making, ObjectKind, StoredContent } from "../../job/job.ts";
import { isWarning } from "../../job/problem.ts";
import { explainSchemaIssues } from "../schema-issues.ts";
import { configDigest, type DigestSecret } from "../secret-digest.ts";
import { assignments, labels, textsOf } from "../values/assignments.ts";
import { driverName, IS_DOCKER_NAME, STORED_NAME } from "../values/docker-name.ts";
import { bool, listOf, mapOf, matching, name, scalar, text } from "../values/fields.ts";
import { given } from "../values/given.ts";
import { beginsAtFirst, isIpAddress, isSubnet, isWithin } from "../values/ip-address.ts";
import { type Issue, mustBe, part, quoted } from "../values/issue.ts";
import { resolvePath } from "../values/path.ts";
import type { YamlValue } from "../values/yaml.ts";
import type { SeeReferenced } from "../variables/file-variables.ts";
import { type Variables, variableIn } from "../variables/interpolate.ts";
import type { DeclaredFile, DeclaredNetwork, DeclaredVolume } from "./declared.ts";
import { doubtHostPath, type HostPathSettings } from "./volumes.ts";

const texts = assignments(() => undefined);
const ownLabels = labels("what it makes");
const driver = driverName("the name of a driver such as local or bridge");

const volumeName = scalar({
  expected: "a volume's name (letters, digits, _ . -)",
  read: (written) => (IS_DOCKER_NAME.test(written) ? written : undefined),
  forms: [matching(IS_DOCKER_NAME), { type: "number" }],
});

const madeKeys = { external: bool.nullish(), driver: driver.nullish(), driver_opts: texts.nullish() };

const volumeKeys = { name: volumeName.nullish(), ...madeKeys, labels: ownLabels.nullish() };

const subnet = scalar({
  expected: "a subnet such as 10.5.0.0/16",
  read: (written) => (isSubnet(written) ? written : undefined),
  forms: [{ type: "string" }],
});
const gateway = scalar({
  expected: "an address such as 10.5.0.1",
  read: (written) => (isIpAddress(written) ? written : undefined),
  forms: [{ type: "string" }],
});
const poolKeys = {
  subnet: subnet.nullish(),
  ip_range: subnet.nullish(),
  gateway: gateway.nullish(),
  aux_addresses: texts.nullish(),
};
const ipamKeys = {
  driver: driver.nullish(),
  config: listOf(
    mapOf(poolKeys, "a map such as subnet: 10.5.0.0/16"),
    "a list such as - subnet: 10.5.0.0/16",
  ).nullish(),
  options: texts.nullish(),
};

const networkKeys = {
  name: name("a name").nullish(),
  ...madeKeys,
  internal: bool.nullish(),
  attachable: bool.nullish(),
  enable_ipv6: bool.nullish(),
  ipam: mapOf(ipamKeys, "a map with driver or config").nullish(),
  labels: ownLabels.nullish(),
};

const storedName = scalar({
  expected: "a name of letters, digits, _ . and -, at most 64",
  read: (written) => (STORED_NAME.test(written) ? written : undefined),
  forms: [matching(STORED_NAME), { type: "number" }],
});

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const variable = scalar({
  expected: "the name of a variable such as SHOP_PASSWORD",
  read: (written) => (VARIABLE.test(written) ? written : undefined),
  forms: [matching(VARIABLE)],
});

const secretKeys = {
  name: storedName.nullish(),
  external: bool.nullish(),
  file: text("a file such as ./shop.cnf").nullish(),
  environment: variable.nullish(),
  labels: ownLabels.nullish(),
};

const configKeys = {
  ...secretKeys,
  content: z.string({ error: (issue) => mustBe("text", issue.input) }).nullish(),
};

/** What may stand under each section at the top of a schedule file. Null is a volume or network with all defaults. */
const sections = {
  volumes: mapOf(volumeKeys, "a map such as driver: local").nullable(),
  networks: mapOf(networkKeys, "a map such as driver: bridge").nullable(),
  secrets: mapOf(secretKeys, "a map such as file: ./password"),
  configs: mapOf(configKeys, "a map such as file: ./shop.cnf"),
};

export type Section = keyof typeof sections;

export const declarationSchemas: typeof sections = sections;

export const SECTIONS = ["volumes", "networks", "secrets", "configs"] as const satisfies readonly Section[];

/** The keys below a place in a declaration: `volumes`, `networks.ipam`. */
const DECLARATION_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["volumes", Object.keys(volumeKeys)],
  ["networks", Object.keys(networkKeys)],
  ["networks.ipam", Object.keys(ipamKeys)],
  ["networks.ipam.config", Object.keys(poolKeys)],
  ["secrets", Object.keys(secretKeys)],
  ["configs", Object.keys(configKeys)],
]);

const LEFT_TO_DOCKER = "declare it with external: true, and make it with docker";

/** What Compose has in a declaration and shipbell does not, with what to do instead. */
const UNSUPPORTED_KEYS: Readonly<Record<Section, ReadonlyMap<string, string>>> = {
  volumes: new Map([["x-cluster-spec", LEFT_TO_DOCKER]]),
  networks: new Map([["enable_ipv4", LEFT_TO_DOCKER]]),
  secrets: new Map([
    ["content", "a secret does not stand in the file: write file, or environment"],
    ["driver", LEFT_TO_DOCKER],
    ["driver_opts", LEFT_TO_DOCKER],
    ["template_driver", LEFT_TO_DOCKER],
  ]),
  configs: new Map([["template_driver", LEFT_TO_DOCKER]]),
};

type Declaration<S extends Section> = NonNullable<z.output<(typeof sections)[S]>>;

export interface DeclarationSettings extends HostPathSettings {
  readonly variables: Variables;
  /** Returns undefined while the digest is not known yet: what is made of the file this time is then not used. */
  readonly digestSecret: DigestSecret;
  /** What jobs run as, where that is known. */
  readonly engine?: ObjectKind;
  /** Absent where nothing is known of other files. */
  readonly seeReferenced?: SeeReferenced;
}

type Made = DeclaredVolume | DeclaredNetwork | DeclaredFile;

interface ReadDeclaration {
  /** Absent where an issue is an error. */
  readonly made?: Made;
  readonly issues: readonly Issue[];
}

/** Reads what stands under a name in a section at the top of a schedule file. */
export function readDeclaration(
  { section, name }: DeclarationName,
  value: YamlValue,
  settings: DeclarationSettings,
): ReadDeclaration {
  const parsed = sections[section].safeParse(value);
  if (!parsed.success) {
    const whole = { [section]: { [name]: value } };
    const known = (place: string) => {
      const allowed = DECLARATION_KEYS.get(place.replace(`${section}.${name}`, section)) ?? [];
      return { allowed, unsupported: UNSUPPORTED_KEYS[section], inWords: allowed.join(", ") };
    };
    return { issues: explainSchemaIssues(parsed.error.issues, whole, { above: [section, name], known }) };
  }
  const keys: AnyDeclaration = parsed.data ?? {};
  const issues = checkDeclaration(section, name, keys);
  if (!issues.every(isWarning)) return { issues };
  const made = makeDeclared({ section, name }, keys, settings);
  if ("unset" in made) return { issues: [unsetVariable(section, name, made.unset)] };
  const all = [...issues, ...checkFile({ section, name }, keys, settings)];
  return all.every(isWarning) ? { made, issues: all } : { issues: all };
}

interface DeclarationName {
  readonly section: Section;
  readonly name: string;
}

/** A declaration as the schema gives it, whatever its section. */
type AnyDeclaration = Readonly<Record<string, unknown>> & { readonly external?: boolean | null | undefined };

/** Finds what is wrong between keys of a declaration that are valid by themselves. */
function checkDeclaration(section: Section, name: string, keys: AnyDeclaration): Issue[] {
  const given = Object.keys(keys).filter((key) => keys[key] !== null && keys[key] !== undefined);
  if (keys.external) return given.filter((key) => !["external", "name"].includes(key)).map(madeAndExternal);
  if (section === "networks") return checkPools(name, keys as Declaration<"networks">);
  return section === "volumes" ? [] : checkContent(section, name, given);

  function madeAndExternal(key: string): Issue {
    const message = `${section}.${name}.${key} says how it is made, but external: true says that it exists already`;
    return { path: [section, name, key], on: "key", message, hint: "keep one of them" };
  }
}

function checkContent(section: "secrets" | "configs", name: string, given: readonly string[]): Issue[] {
  const sources = section === "secrets" ? ["file", "environment"] : ["file", "environment", "content"];
  const [first, ...others] = sources.filter((source) => given.includes(source));
  if (first === undefined) {
    const message = `${section}.${name} does not say what it contains`;
    const hint = `add ${sources.join(", ")}, or external: true`;
    return [{ path: [section, name], on: "key", message, hint }];
  }
  return others.map((other) => {
    const message = `${section}.${name} says twice what it contains: ${first} and ${other}`;
    return { path: [section, name, other], on: "key", message, hint: "keep one of them" };
  });
}

type Pool = z.output<z.ZodObject<typeof poolKeys>>;

/** Docker Engine refuses addresses that do not lie in the subnet. */
function checkPools(name: string, { ipam }: Declaration<"networks">): Issue[] {
  return (ipam?.config ?? []).flatMap((pool, index) => {
    const path = ["networks", name, "ipam", "config", index];
    return [...checkSubnet(path, pool), ...addressesOf(pool).flatMap((address) => checkAddress(path, address, pool))];
  });
}

function checkSubnet(path: Issue["path"], { subnet }: Pool): Issue[] {
  if (subnet == null || beginsAtFirst(subnet)) return [];
  const message = `networks.${path[1]}.ipam.config.subnet ${quoted(subnet)} does not begin at its first address, and newer engines refuse it`;
  const hint = "write its first address, whose other bits are 0";
  return [{ path: [...path, "subnet"], on: "value", message, hint, severity: "warning" }];
}

interface PoolAddress {
  readonly keys: readonly string[];
  readonly address: string;
}

function addressesOf({ ip_range, gateway, aux_addresses }: Pool): PoolAddress[] {
  return [
    ...(ip_range == null ? [] : [{ keys: ["ip_range"], address: ip_range }]),
    ...(gateway == null ? [] : [{ keys: ["gateway"], address: gateway }]),
    ...Object.entries(textsOf(aux_addresses)).map(([host, address]) => ({ keys: ["aux_addresses", host], address })),
  ];
}

function checkAddress(path: Issue["path"], { keys, address }: PoolAddress, { subnet }: Pool): Issue[] {
  const place = { path: [...path, ...keys], on: "value" } as const;
  const what = `networks.${path[1]}.ipam.config.${keys.map((key, index) => (index === 0 ? key : part(key))).join(".")}`;
  if (keys[0] === "aux_addresses" && !isIpAddress(address))
    return [{ ...place, message: `${what} ${mustBe("an address such as 10.5.0.2", address)}` }];
  if (subnet == null) {
    const message = `${what} ${quoted(address)} is given without its subnet`;
    return [{ ...place, message, hint: "add subnet, or leave it out" }];
  }
  if (isWithin(address, subnet)) return [];
  const message = `${what} ${quoted(address)} is not in the subnet ${quoted(subnet)}`;
  return [{ ...place, message, hint: "write one of its addresses, or another subnet" }];
}

/** Makes what a valid declaration stands for. A name is used as written: shipbell has no project to prefix it with. */
function makeDeclared(
  { section, name }: DeclarationName,
  keys: AnyDeclaration,
  settings: DeclarationSettings,
): Made | { readonly unset: string } {
  if (section === "volumes") return makeVolume(name, keys as Declaration<"volumes">);
  if (section === "networks") return makeNetwork(name, keys as Declaration<"networks">);
  return makeFile({ section, name }, keys as Declaration<"configs">, settings);
}

function makeVolume(key: string, keys: Declaration<"volumes">): DeclaredVolume {
  const name = keys.name ?? key;
  return keys.external ? { name } : { name, making: makingOf(keys) };
}

function makeNetwork(key: string, keys: Declaration<"networks">): DeclaredNetwork {
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

function makingOf(keys: Pick<Declaration<"volumes">, "driver" | "driver_opts" | "labels">): Making {
  return { ...given("driver", keys.driver), options: textsOf(keys.driver_opts), labels: textsOf(keys.labels) };
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

function makeFile(
  { section, name: key }: DeclarationName,
  keys: Declaration<"configs">,
  { variables, folder, digestSecret }: DeclarationSettings,
): DeclaredFile | { readonly unset: string } {
  const name = keys.name ?? key;
  if (keys.external) return { name };
  const labels = textsOf(keys.labels);
  if (keys.file != null) return { name, content: { from: "file", path: resolvePath(folder, keys.file), labels } };
  const written = keys.content ?? variableIn(variables, keys.environment ?? "");
  if (written === undefined) return { unset: keys.environment ?? "" };
  const digest = section === "secrets" ? (digestSecret(written) ?? "") : configDigest(written);
  const content: StoredContent = { from: "text", text: () => written, digest, labels };
  return { name, content };
}

function unsetVariable(section: Section, name: string, variable: string): Issue {
  const message = `${section}.${name}.environment names the variable ${quoted(variable)}, which is not set`;
  const hint = `set ${part(variable)} in the scheduler's environment, or in the .env file`;
  return { path: [section, name, "environment"], on: "value", message, hint };
}

/**
 * Checks the file that a secret or config is made from. For a service, shipbell reads it, and must see it. For a container,
 * the engine mounts it from its host, which may have other files than shipbell.
 */
function checkFile({ section, name }: DeclarationName, keys: AnyDeclaration, settings: DeclarationSettings): Issue[] {
  const { file } = keys;
  if ((section !== "secrets" && section !== "configs") || typeof file !== "string") return [];
  const { folder, engine, doubtHostPaths = false, seeReferenced } = settings;
  const path = [section, name, "file"];
  const doubts = engine === "service" ? [] : doubtHostPath(path, file, settings);
  if (engine !== "service" && !doubtHostPaths) return doubts;
  const seen = seeReferenced?.(resolvePath(folder, file));
  if (seen?.unreadable === undefined) return doubts;
  const message = `${section}.${name}.file names ${part(file)}, which cannot be read: ${seen.unreadable}`;
  const issue = { path, on: "value", message } as const;
  if (seen.isUnknown) return [...doubts, { ...issue, severity: "warning" }];
  if (engine === "service")
    return [...doubts, { ...issue, hint: "relative paths start from the schedule file's folder" }];
  const hint = "the engine mounts it from its own host, where it must be before the job is due";
  return [...doubts, { ...issue, hint, severity: "warning" }];
}
