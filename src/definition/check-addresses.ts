import type { Declared, Ipam } from "../job/declared.ts";
import type { JobKeys } from "./compose/job-schema.ts";
import { isSameVersion, isWithin } from "./values/ip-address.ts";
import { type Issue, quoted } from "./values/issue.ts";

/**
 * The addresses that a job asks for on networks that its file declares. Docker Engine gives a container an address of its
 * own choice only in a subnet that was chosen, too. What a network has that is there already is not known.
 */
export function checkAddresses({ networks }: Partial<JobKeys>, declared: Declared): Issue[] {
  return (networks ?? []).flatMap(({ name, settings }) => {
    const made = declared.networks.get(name)?.made;
    if (made === undefined || settings === undefined) return [];
    // Another driver may have rules of its own.
    if (made.ipam?.driver !== undefined && made.ipam.driver !== "default") return [];
    const { ipv4Address, ipv6Address } = settings;
    return [
      ...check(["networks", name, "ipv4_address"], ipv4Address, made.ipam),
      ...check(["networks", name, "ipv6_address"], ipv6Address, made.ipam),
    ];
  });
}

function check(path: readonly string[], address: string | null | undefined, ipam: Ipam | undefined): Issue[] {
  if (address == null) return [];
  const subnets = (ipam?.pools ?? []).flatMap(({ subnet }) =>
    subnet !== undefined && isSameVersion(subnet, address) ? subnet : [],
  );
  if (subnets.some((subnet) => isWithin(address, subnet))) return [];
  const key = `${path[0]}.${path[1]}.${path[2]}`;
  if (subnets.length === 0) {
    const message = `${key} ${quoted(address)} lies in no subnet of this network, whose subnets the engine chooses`;
    return [
      {
        path,
        on: "value",
        message,
        hint: "declare its subnet under ipam at the top of the file, or leave the address out",
      },
    ];
  }
  const message = `${key} ${quoted(address)} is not in the network's subnet ${subnets.map(quoted).join(", ")}`;
  return [{ path, on: "value", message, hint: "write one of its addresses" }];
}
