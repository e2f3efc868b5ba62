import { textsOf } from "../values/assignments.ts";
import { beginsAtFirst, isIpAddress, isWithin } from "../values/ip-address.ts";
import { type Issue, mustBe, part, quoted } from "../values/issue.ts";
import type { PoolKeys, Section } from "./declaration-schema.ts";

/** A declaration as the schema gives it, whatever its section. */
export type AnyDeclaration = Readonly<Record<string, unknown>> & { readonly external?: boolean | null | undefined };

/** What is wrong between keys of a declaration that are right by themselves. */
export function checkDeclaration(section: Section, name: string, keys: AnyDeclaration): Issue[] {
  const given = Object.keys(keys).filter((key) => keys[key] !== null && keys[key] !== undefined);
  if (keys.external) return given.filter((key) => !["external", "name"].includes(key)).map((key) => beside(key));
  if (section === "networks") return checkPools(name, keys as AnyNetwork);
  return section === "secrets" || section === "configs" ? oneSource() : [];

  function beside(key: string): Issue {
    const message = `${section}.${name}.${key} says how it is made, and external: true that it is there already`;
    return { path: [section, name, key], on: "key", message, hint: "keep one of them" };
  }

  function oneSource(): Issue[] {
    const sources = section === "secrets" ? ["file", "environment"] : ["file", "environment", "content"];
    const [first, ...others] = sources.filter((source) => given.includes(source));
    if (first === undefined) {
      const message = `${section}.${name} does not say what it holds`;
      const hint = `add ${sources.join(", ")}, or external: true`;
      return [{ path: [section, name], on: "key", message, hint }];
    }
    return others.map((other) => {
      const message = `${section}.${name} says twice what it holds: ${first} and ${other}`;
      return { path: [section, name, other], on: "key", message, hint: "keep one of them" };
    });
  }
}

type AnyNetwork = { readonly ipam?: { readonly config?: readonly PoolKeys[] | null } | null };

/** Which addresses a network has, and what of them is for what: Docker Engine refuses what does not lie in the subnet. */
function checkPools(name: string, { ipam }: AnyNetwork): Issue[] {
  return (ipam?.config ?? []).flatMap((pool, index) => {
    const path = ["networks", name, "ipam", "config", index];
    return [...checkSubnet(path, pool), ...addressesOf(pool).flatMap((address) => checkAddress(path, address, pool))];
  });
}

function checkSubnet(path: Issue["path"], { subnet }: PoolKeys): Issue[] {
  if (subnet == null || beginsAtFirst(subnet)) return [];
  const message = `networks.${path[1]}.ipam.config.subnet ${quoted(subnet)} begins in the midst of a subnet, and newer engines refuse it`;
  const hint = "write its first address, whose other bits are 0";
  return [{ path: [...path, "subnet"], on: "value", message, hint, severity: "warning" }];
}

interface PoolAddress {
  readonly keys: readonly string[];
  readonly address: string;
}

function addressesOf({ ip_range, gateway, aux_addresses }: PoolKeys): PoolAddress[] {
  return [
    ...(ip_range == null ? [] : [{ keys: ["ip_range"], address: ip_range }]),
    ...(gateway == null ? [] : [{ keys: ["gateway"], address: gateway }]),
    ...Object.entries(textsOf(aux_addresses)).map(([host, address]) => ({ keys: ["aux_addresses", host], address })),
  ];
}

function checkAddress(path: Issue["path"], { keys, address }: PoolAddress, { subnet }: PoolKeys): Issue[] {
  const place = { path: [...path, ...keys], on: "value" } as const;
  const what = `networks.${path[1]}.ipam.config.${keys.map((key, index) => (index === 0 ? key : part(key))).join(".")}`;
  if (keys[0] === "aux_addresses" && !isIpAddress(address))
    return [{ ...place, message: `${what} ${mustBe("an address such as 10.5.0.2", address)}` }];
  if (subnet == null) {
    const message = `${what} ${quoted(address)} is given without the subnet that it lies in`;
    return [{ ...place, message, hint: "add subnet, or leave it out" }];
  }
  if (isWithin(address, subnet)) return [];
  const message = `${what} ${quoted(address)} is not in the subnet ${quoted(subnet)}`;
  return [{ ...place, message, hint: "write one of its addresses, or another subnet" }];
}

/** The variable that a secret or config is made from is not there. */
export function unsetVariable(section: Section, name: string, variable: string): Issue {
  const message = `${section}.${name}.environment names the variable ${quoted(variable)}, which is not set`;
  const hint = `set ${part(variable)} in the scheduler's environment, or in the .env file`;
  return { path: [section, name, "environment"], on: "value", message, hint };
}

/** The file that a secret or config is made from cannot be read by who is to read it. */
export function missingFile(
  section: Section,
  name: string,
  { file, why }: { readonly file: string; readonly why: string },
): Issue {
  const message = `${section}.${name}.file names ${part(file)}, which cannot be read: ${why}`;
  const hint = "relative paths start from the schedule file's folder";
  return { path: [section, name, "file"], on: "value", message, hint };
}
