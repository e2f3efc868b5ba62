import type { ComposeTemplate, HostKeys, NetworkSettings } from "../../../job/job.ts";
import type { EndpointSettings } from "../containers.ts";
import type { NetworkAttachment } from "../services.ts";

/** How a container is on each of its networks, in their order. */
export function writeEndpoints({ networks, networkSettings, host }: ComposeTemplate): Map<string, EndpointSettings> {
  const endpoints = networks.map((name) => [name, writeEndpoint(networkSettings?.[name] ?? {})] as const);
  // Newer engines take the address of the container for that of its first network, and want to hear it there.
  const [[first, endpoint] = [], ...others] = endpoints;
  const MacAddress = host?.macAddress;
  if (first === undefined || MacAddress === undefined) return new Map(endpoints);
  return new Map([[first, { ...endpoint, MacAddress }], ...others]);
}

function writeEndpoint(settings: NetworkSettings): EndpointSettings {
  const IPAMConfig = {
    ...(settings.ipv4Address !== undefined && { IPv4Address: settings.ipv4Address }),
    ...(settings.ipv6Address !== undefined && { IPv6Address: settings.ipv6Address }),
    ...(settings.linkLocalIps && { LinkLocalIPs: settings.linkLocalIps }),
  };
  return {
    ...(settings.aliases && { Aliases: settings.aliases }),
    ...(Object.keys(IPAMConfig).length > 0 && { IPAMConfig }),
    ...(settings.macAddress !== undefined && { MacAddress: settings.macAddress }),
    ...(settings.driverOpts && { DriverOpts: settings.driverOpts }),
    ...(settings.gwPriority !== undefined && { GwPriority: settings.gwPriority }),
  };
}

/** Older engines know one address alone: that of the container, on its first network. */
export function macAddressOf({ networks, networkSettings, host }: ComposeTemplate): string | undefined {
  const [first = ""] = networks;
  return host?.macAddress ?? networkSettings?.[first]?.macAddress;
}

export function writeAttachment({ networkSettings }: ComposeTemplate, Target: string): NetworkAttachment {
  const { aliases, driverOpts } = networkSettings?.[Target] ?? {};
  return { Target, ...(aliases && { Aliases: aliases }), ...(driverOpts && { DriverOpts: driverOpts }) };
}

/** What a container's host says of names. */
export function writeHostNames({ dns, dnsSearch, dnsOpt, extraHosts }: HostKeys): object {
  return {
    ...(dns && { Dns: dns }),
    ...(dnsSearch && { DnsSearch: dnsSearch }),
    ...(dnsOpt && { DnsOptions: dnsOpt }),
    ...(extraHosts && { ExtraHosts: extraHosts.map(({ name, address }) => `${name}:${address}`) }),
  };
}

/** The same, as services say it. */
export function writeServiceNames({ hostname, dns, dnsSearch, dnsOpt, extraHosts }: HostKeys): object {
  const DNSConfig = {
    ...(dns && { Nameservers: dns }),
    ...(dnsSearch && { Search: dnsSearch }),
    ...(dnsOpt && { Options: dnsOpt }),
  };
  return {
    ...(hostname !== undefined && { Hostname: hostname }),
    ...(Object.keys(DNSConfig).length > 0 && { DNSConfig }),
    ...(extraHosts && { Hosts: extraHosts.map(({ name, address }) => `${address} ${name}`) }),
  };
}
