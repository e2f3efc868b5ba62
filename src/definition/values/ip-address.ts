import * as z from "zod";

const ADDRESSES = { 4: z.ipv4(), 6: z.ipv6() } as const;

/** True for an address of this version of the Internet protocol, or of either. */
export function isIpAddress(written: string, version?: 4 | 6): boolean {
  const versions = version === undefined ? ([4, 6] as const) : [version];
  return versions.some((each) => ADDRESSES[each].safeParse(written).success);
}

const SUBNETS = z.union([z.cidrv4(), z.cidrv6()]);

/** True for addresses with the length of what they share: `10.5.0.0/16`. */
export function isSubnet(written: string): boolean {
  return SUBNETS.safeParse(written).success;
}

/** The addresses that share their first bits, as one number each. */
interface Range {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** True where all addresses of `inner` (a subnet, or one address) are in the subnet. Both must be right by themselves. */
export function isWithin(inner: string, subnet: string): boolean {
  const [a, b] = [rangeOf(inner), rangeOf(subnet)];
  return a.version === b.version && a.first >= b.first && a.last <= b.last;
}

/** Whether both are of the same version of the Internet protocol. */
export function isSameVersion(a: string, b: string): boolean {
  return versionOf(a) === versionOf(b);
}

/** True for a subnet that is written by its first address: 10.5.0.0/16, and not 10.5.1.2/16. */
export function beginsAtFirst(subnet: string): boolean {
  const [address = ""] = subnet.split("/");
  return rangeOf(address).first === rangeOf(subnet).first;
}

function versionOf(written: string): 4 | 6 {
  return written.includes(":") ? 6 : 4;
}

function rangeOf(written: string): Range {
  const version = versionOf(written);
  const bits = version === 4 ? 32 : 128;
  const [address = "", length = String(bits)] = written.split("/");
  const free = BigInt(bits - Number(length));
  const first = (numberOf(address, version) >> free) << free;
  return { version, first, last: first + (1n << free) - 1n };
}

function numberOf(address: string, version: 4 | 6): bigint {
  if (version === 4) return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  // A URL writes an address in its shortest form, all of it in groups.
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before = "", after] = shortest.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [start, end] = [groups(before), groups(after ?? "")];
  const zeros = Array.from({ length: 8 - start.length - end.length }, () => "0");
  return [...start, ...zeros, ...end].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}
