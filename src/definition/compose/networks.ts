import * as z from "zod";
import type { ExtraHost, Ipam, NetworkSettings, ObjectKind } from "../../job/job.ts";
import { DOCKER_NAME } from "../values/docker-name.ts";
import { integer, listOf, mapOf, name, oneOrMore, scalar, text, textMap, written } from "../values/fields.ts";
import { given, givenOf, namesOf } from "../values/given.ts";
import { isIpAddress, isSameVersion, isWithin } from "../values/ip-address.ts";
import { type Issue, mustBe, part, quoted } from "../values/issue.ts";
import type { YamlMap, YamlValue } from "../values/yaml.ts";
import type { Declared } from "./declared.ts";
import { containersOnly, type KeyGroup, LEAVE_OUT } from "./key-group.ts";

const ip = (version?: 4 | 6) =>
  scalar({
    expected: `an IPv${version ?? "4 or IPv6"} address`,
    read: (written) => (isIpAddress(written, version) ? written : undefined),
  });

const macAddress = scalar({
  expected: "a MAC address such as 02:42:ac:11:00:02",
  read: (written) => (/^[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}$/i.test(written) ? written : undefined),
});

const settingKeys = {
  aliases: listOf(name("a name of the container on this network"), "a list of names").nullish(),
  ipv4_address: ip(4).nullish(),
  ipv6_address: ip(6).nullish(),
  link_local_ips: listOf(ip(), "a list of addresses").nullish(),
  mac_address: macAddress.nullish(),
  driver_opts: textMap("a map of the network driver's options").nullish(),
  gw_priority: integer(-2_147_483_648, 2_147_483_647).nullish(),
};

/** The network of the highest priority is connected first; nothing more is kept of it. */
const joinedKeys = { ...settingKeys, priority: integer(-2_147_483_648, 2_147_483_647).nullish() };

const SETTINGS = "nothing, or a map with aliases, ipv4_address and the like";

const joined = z.union([z.null(), mapOf(joinedKeys, SETTINGS)], { error: (issue) => mustBe(SETTINGS, issue.input) });

/** A network that the container is on. */
interface JoinedNetwork {
  readonly name: string;
  readonly settings?: NetworkSettings;
}

const networkMap = z.record(z.string(), joined).transform((map): readonly JoinedNetwork[] =>
  Object.entries(map)
    .sort(([, a], [, b]) => (b?.priority ?? 0) - (a?.priority ?? 0))
    .map(([name, keys]) => ({
      name,
      ...given("settings", givenOf<NetworkSettings>(keys ?? {}, namesOf(settingKeys))),
    })),
);

const networkList = z
  .array(name("a network's name"))
  .transform((names): readonly JoinedNetwork[] => names.map((name) => ({ name })));

const networks = z.union([networkList, networkMap], { error: (issue) => mustBe("a list of networks", issue.input) });

const NETWORK_MODE = new RegExp(`^(?:container:)?${DOCKER_NAME}$`);

/** One network, or what takes the place of one. */
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

/** The address of the engine's host, whatever it is. */
const GATEWAY = "host-gateway";
const EXTRA_HOST = "HOST=ADDRESS such as db=10.0.0.5 or gate=host-gateway";

/** A list of `HOST=ADDRESS` (or with a colon), or a map. A host may have several addresses: in a list, or with commas. */
const extraHosts = written(
  z.unknown().transform((value, context): readonly ExtraHost[] => {
    const found = Array.isArray(value) ? value.flatMap(readHostItem) : readHostMap(value);
    for (const { at, wrong } of found ?? [])
      if (wrong !== undefined) context.issues.push({ code: "custom", input: value, message: wrong, path: at });
    if (found === undefined) {
      const message = mustBe(`a list of ${EXTRA_HOST}, or a map`, value);
      context.issues.push({ code: "custom", input: value, message });
    }
    return (found ?? []).flatMap(({ host }) => host ?? []);
  }),
  {
    is: {
      description: `Must be a list of ${EXTRA_HOST}, or a map`,
      anyOf: [
        { type: "array", items: { type: "string", pattern: "^[^=:\\s]+[=:]." } },
        { type: "object", additionalProperties: { type: ["string", "array"], items: { type: "string" } } },
      ],
    },
  },
);

interface FoundHost {
  readonly at: (string | number)[];
  readonly host?: ExtraHost;
  readonly wrong?: string;
}

function readHostItem(item: unknown, index: number): FoundHost[] {
  const [, name = "", addresses = ""] = /^([^=:\s]+)[=:](.+)$/.exec(typeof item === "string" ? item.trim() : "") ?? [];
  const says = { at: [index], wrong: mustBe(EXTRA_HOST, item) };
  const hosts = addresses.split(",").map((address) => readHost(name, address, says));
  const wrong = hosts.find((host) => host.wrong !== undefined);
  return wrong === undefined ? hosts : [wrong];
}

function readHostMap(value: unknown): FoundHost[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).flatMap(([name, addresses]: [string, unknown]) => {
    if (!Array.isArray(addresses)) return [readHostValue(name, addresses, [name])];
    return addresses.map((address: unknown, index) => readHostValue(name, address, [name, index]));
  });
}

function readHostValue(name: string, address: unknown, at: (string | number)[]): FoundHost {
  const wrong = `must be an address or ${GATEWAY}, not ${quoted(address)}`;
  return readHost(name, typeof address === "string" ? address.trim() : "", { at, wrong });
}

function readHost(name: string, written: string, { at, wrong }: Required<Omit<FoundHost, "host">>): FoundHost {
  const address = written.replace(/^\[(.*)\]$/, "$1");
  const isKnown = address === GATEWAY || isIpAddress(address);
  return name !== "" && isKnown ? { at, host: { name, address } } : { at, wrong };
}

/** What the container is called, and whom it knows. */
export const hostKeys = {
  hostname: hostname.nullish(),
  domainname: hostname.nullish(),
  mac_address: macAddress.nullish(),
  dns: oneOrMore(ip(), "an address, or a list of them").nullish(),
  dns_search: oneOrMore(text("a domain"), "a domain, or a list of them").nullish(),
  dns_opt: listOf(text("an option such as ndots:2"), "a list of options such as ndots:2").nullish(),
  extra_hosts: extraHosts.nullish(),
};

const keys = { networks: networks.nullish(), network_mode: networkMode.nullish(), ...hostKeys };

type Keys = Partial<z.output<z.ZodObject<typeof keys>>>;

interface MadeNetworks {
  readonly networks: readonly string[];
  readonly networkSettings?: Readonly<Record<string, NetworkSettings>>;
}

/** A `network_mode` is the one network; that there are no others has been checked. */
export function makeNetworks({ networks, network_mode }: Keys): MadeNetworks {
  const joined: readonly JoinedNetwork[] = network_mode == null ? (networks ?? []) : [{ name: network_mode }];
  const settings = joined.flatMap(({ name, settings }) => (settings === undefined ? [] : [[name, settings] as const]));
  return {
    networks: joined.map(({ name }) => name),
    ...(settings.length > 0 && { networkSettings: Object.fromEntries(settings) }),
  };
}

function checkNetworks(keys: Keys & { readonly uts?: string | null | undefined }): Issue[] {
  return [...hostOfAnother(keys), ...networkThatStandsAlone(keys), ...modeAndNetworks(keys)];
}

/** What belongs to the host or to another container cannot be set for this one: Docker Engine refuses it. */
function hostOfAnother({
  network_mode,
  networks,
  uts,
  hostname,
  mac_address,
  dns,
  extra_hosts,
}: Parameters<typeof checkNetworks>[0]): Issue[] {
  const names = [network_mode, ...(networks ?? []).map(({ name }) => name)];
  const isShared = names.some((name) => name?.startsWith("container:"));
  const given = Object.entries({ hostname, mac_address, dns, extra_hosts }).flatMap(([key, value]) =>
    value == null ? [] : key,
  );
  const foreign = isShared ? given : uts === "host" ? given.filter((key) => key === "hostname") : [];
  return foreign.map((key) => {
    const whose = isShared ? "the job uses another container's network" : "with uts: host it has the host's name";
    return { path: [key], on: "key", message: `${key} cannot be set: ${whose}`, hint: "keep one of them" };
  });
}

/** A container on one of these can be connected to no other network. */
function networkThatStandsAlone({ networks }: Keys): Issue[] {
  const names = (networks ?? []).map(({ name }) => name);
  const alone = names.find((name) => name === "host" || name === "none" || name.startsWith("container:"));
  if (alone === undefined || names.length === 1) return [];
  const message = `networks cannot hold ${part(alone)} together with others`;
  return [{ path: ["networks"], on: "value", message, hint: `leave out ${part(alone)}, or the others` }];
}

function modeAndNetworks({ network_mode, networks }: Keys): Issue[] {
  if (network_mode == null || networks == null || networks.length === 0) return [];
  const message = "network_mode replaces networks: there cannot be both";
  return [{ path: ["network_mode"], on: "key", message, hint: "keep one of them" }];
}

/**
 * Checks addresses on networks that the file declares. Docker Engine gives a container a chosen address only in a chosen
 * subnet. The subnets of a network that already exists are not known here.
 */
export function checkAddresses({ networks }: Keys, declared: Declared): Issue[] {
  return (networks ?? []).flatMap(({ name, settings }) => {
    const made = declared.networks.get(name)?.made;
    if (made === undefined || settings === undefined) return [];
    // Another driver may have rules of its own.
    if (made.ipam?.driver !== undefined && made.ipam.driver !== "default") return [];
    return [
      ...checkAddress(["networks", name, "ipv4_address"], settings.ipv4Address, made.ipam),
      ...checkAddress(["networks", name, "ipv6_address"], settings.ipv6Address, made.ipam),
    ];
  });
}

function checkAddress(path: readonly string[], address: string | undefined, ipam: Ipam | undefined): Issue[] {
  if (address === undefined) return [];
  const subnets = (ipam?.pools ?? []).flatMap(({ subnet }) =>
    subnet !== undefined && isSameVersion(subnet, address) ? subnet : [],
  );
  if (subnets.some((subnet) => isWithin(address, subnet))) return [];
  const key = path.join(".");
  if (subnets.length === 0) {
    const message = `${key} ${quoted(address)} lies in no subnet of this network, whose subnets the engine chooses`;
    const hint = "declare its subnet under ipam at the top of the file, or leave the address out";
    return [{ path, on: "value", message, hint }];
  }
  const message = `${key} ${quoted(address)} is not in the network's subnet ${subnets.map(quoted).join(", ")}`;
  return [{ path, on: "value", message, hint: "write one of its addresses" }];
}

/** The names that no service can be on. */
function checkNames({ networks, network_mode }: YamlMap, engine: ObjectKind, declared: Declared): Issue[] {
  if (engine !== "service") return [];
  const named = namesIn(networks).filter(({ name }) => !declared.networks.has(name));
  return [
    ...named.flatMap(({ name, step }): Issue[] => {
      const refusal = refuseNetwork(name);
      const message = `networks cannot hold ${part(name)}: ${refusal?.why}`;
      const on = typeof step === "string" ? "key" : "value";
      return refusal === undefined ? [] : [{ path: ["networks", step], on, message, hint: refusal.instead }];
    }),
    ...(typeof network_mode === "string" ? [network_mode] : []).flatMap((mode): Issue[] => {
      const refusal = refuseNetwork(mode);
      const message = `network_mode cannot be ${part(mode)}: ${refusal?.why}`;
      return refusal === undefined ? [] : [{ path: ["network_mode"], on: "value", message, hint: refusal.instead }];
    }),
  ];
}

interface NamedNetwork {
  readonly name: string;
  readonly step: string | number;
}

/** A list of networks, or a map of them. */
function namesIn(networks: YamlValue | undefined): NamedNetwork[] {
  if (typeof networks !== "object" || networks === null) return [];
  if (!Array.isArray(networks)) return Object.keys(networks).map((name) => ({ name, step: name }));
  return networks.flatMap((name, step) => (typeof name === "string" ? [{ name: name.trim(), step }] : []));
}

function refuseNetwork(name: string): { readonly why: string; readonly instead: string } | undefined {
  if (name === "none")
    return {
      why: "a Swarm service always has a network",
      instead: "name an overlay network that was made with --internal",
    };
  if (name === "default")
    return { why: "a Swarm has no network of that name", instead: "leave it out for the bridge of the node" };
  if (name.startsWith("container:"))
    return {
      why: "a Swarm service cannot use another container's network",
      instead: "name a network that both are on",
    };
  return undefined;
}

const ADDRESSES = "chooses the addresses of its tasks itself";
const USE_NAMES = "reach it by one of its aliases";

/** Which networks the container is on, and what it is called there. */
export const networkGroup = {
  keys,
  inner: { "networks.*": Object.keys(joinedKeys) },
  userNamed: ["networks", "driver_opts", "extra_hosts"],
  unsupported: {
    "networks.*": {
      interface_name: "engines before 28 do not know it; leave it out",
      use_service_name_alias: "a run has the aliases that are written, and no other; leave it out",
    },
  },
  support: [
    containersOnly("domainname", "service has no domain of its own", "write the whole name under hostname"),
    containersOnly("mac_address", ADDRESSES, USE_NAMES),
    ...["ipv4_address", "ipv6_address", "link_local_ips", "mac_address"].map((key) =>
      containersOnly(`networks.*.${key}`, ADDRESSES, USE_NAMES),
    ),
    containersOnly("networks.*.gw_priority", "chooses the route of its tasks itself", LEAVE_OUT),
  ],
  check: checkNetworks,
  checkEngine: checkNames,
} satisfies KeyGroup<Parameters<typeof checkNetworks>[0]>;
