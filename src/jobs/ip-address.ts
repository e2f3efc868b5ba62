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
