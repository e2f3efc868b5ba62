import { BlockList, isIP } from "node:net";

/** The address of a client, as people write it. An IPv4 client of a socket for all addresses is `::ffff:10.0.0.1`. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** A set of addresses: `10.0.9.0/24`, `fd00::/8`, `10.0.9.4`. Undefined where a text is none of these. */
export function parseNetwork(text: string): ((address: string) => boolean) | undefined {
  const [, address = "", length] = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  const bits = length === undefined ? longest : Number(length);
  if (version === 0 || bits > longest) return undefined;
  const network = new BlockList();
  network.addSubnet(address, bits, familyOf(version));
  return (peer) => {
    const plain = plainAddress(peer);
    const found = isIP(plain);
    return found !== 0 && network.check(plain, familyOf(found));
  };
}

function familyOf(version: number): "ipv4" | "ipv6" {
  return version === 6 ? "ipv6" : "ipv4";
}
