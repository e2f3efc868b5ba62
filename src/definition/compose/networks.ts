import * as z from "zod";
import type { NetworkSettings } from "../../job/job.ts";
import { DOCKER_NAME } from "../values/docker-name.ts";
import { extraHosts } from "../values/extra-hosts.ts";
import { integer, listOf, mapOf, name, oneOrMore, scalar, text, textMap } from "../values/fields.ts";
import { givenOf, namesOf } from "../values/given.ts";
import { isIpAddress } from "../values/ip-address.ts";
import { mustBe } from "../values/issue.ts";

const ip = (version?: 4 | 6) =>
  scalar({
    expected: `an IPv${version ?? "4 or IPv6"} address`,
    read: (written) => (isIpAddress(written, version) ? written : undefined),
  });

const macAddress = scalar({
  expected: "a MAC address such as 02:42:ac:11:00:02",
  read: (written) => (/^[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}$/i.test(written) ? written : undefined),
});

const alias = name("a name of the container on this network");

const settingKeys = {
  aliases: listOf(alias, "a list of names").nullish(),
  ipv4_address: ip(4).nullish(),
  ipv6_address: ip(6).nullish(),
  link_local_ips: listOf(ip(), "a list of addresses").nullish(),
  mac_address: macAddress.nullish(),
  driver_opts: textMap("a map of the network driver's options").nullish(),
  gw_priority: integer(-2_147_483_648, 2_147_483_647).nullish(),
};

const SETTINGS = "nothing, or a map with aliases, ipv4_address and the like";

const settings = mapOf({ ...settingKeys, priority: integer(-2_147_483_648, 2_147_483_647).nullish() }, SETTINGS);

/** A network that the job's container is on. */
export interface JoinedNetwork {
  readonly name: string;
  readonly settings?: NetworkSettings;
}

const networkName = name("a network's name");

const joined = z.union([z.null(), settings], { error: (issue) => mustBe(SETTINGS, issue.input) });

/** The one of the highest priority is connected first. */
const networkMap = z.record(z.string(), joined).transform((map): readonly JoinedNetwork[] =>
  Object.entries(map)
    .sort(([, a], [, b]) => (b?.priority ?? 0) - (a?.priority ?? 0))
    .map(([name, keys]) => {
      const settings = keys === null ? undefined : givenOf(keys, namesOf(settingKeys));
      return { name, ...(settings && { settings }) };
    }),
);

const networks = z.union(
  [z.array(networkName).transform((names): readonly JoinedNetwork[] => names.map((name) => ({ name }))), networkMap],
  { error: (issue) => mustBe("a list of networks", issue.input) },
);

const NETWORK_MODE = new RegExp(`^(?:container:)?${DOCKER_NAME}$`);

/** A network alone, or what stands in the place of one. */
const networkMode = scalar({
  expected: "bridge, host, none, container:NAME, or a network's name",
  read: (written) => (NETWORK_MODE.test(written) ? written : undefined),
  hint: (written) =>
    written.startsWith("service:")
      ? "a schedule file has no services: write container: and a container's name"
      : undefined,
});

const hostname = scalar({
  expected: "a host's name of letters, digits, - and ., at most 63 characters",
  read: (written) => (/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i.test(written) ? written : undefined),
});

/** What a host is called, and whom it knows. */
export const hostKeys = {
  hostname: hostname.nullish(),
  domainname: hostname.nullish(),
  mac_address: macAddress.nullish(),
  dns: oneOrMore(ip(), "an address, or a list of them").nullish(),
  dns_search: oneOrMore(text("a domain"), "a domain, or a list of them").nullish(),
  dns_opt: listOf(text("an option such as ndots:2"), "a list of options such as ndots:2").nullish(),
  extra_hosts: extraHosts.nullish(),
};

export const networkKeys = { networks: networks.nullish(), network_mode: networkMode.nullish(), ...hostKeys };

export const NETWORK_SETTING_KEYS: readonly string[] = [...Object.keys(settingKeys), "priority"];
