import * as z from "zod";
import type { ExtraHost } from "../../job/job.ts";
import { written } from "./input-schema.ts";
import { isIpAddress } from "./ip-address.ts";
import { mustBe, quoted } from "./issue.ts";

/** The engine's own address, whatever that is. */
const GATEWAY = "host-gateway";
const ITEM = "HOST=ADDRESS such as db=10.0.0.5 or gate=host-gateway";

const hosts = z.unknown().transform((value, context): readonly ExtraHost[] => {
  const found = Array.isArray(value) ? value.flatMap(readItem) : readMap(value);
  for (const { at, wrong } of found ?? [])
    if (wrong !== undefined) context.issues.push({ code: "custom", input: value, message: wrong, path: at });
  if (found === undefined)
    context.issues.push({ code: "custom", input: value, message: mustBe(`a list of ${ITEM}, or a map`, value) });
  return (found ?? []).flatMap(({ host }) => host ?? []);
});

/** `extra_hosts`: a list of `HOST=ADDRESS` (or with a colon), or a map. A host may have several addresses: a list, or with commas. */
export const extraHosts = written(hosts, {
  is: {
    description: `Must be a list of ${ITEM}, or a map`,
    anyOf: [
      { type: "array", items: { type: "string", pattern: "^[^=:\\s]+[=:]." } },
      { type: "object", additionalProperties: { type: ["string", "array"], items: { type: "string" } } },
    ],
  },
});

interface Found {
  readonly at: (string | number)[];
  readonly host?: ExtraHost;
  readonly wrong?: string;
}

function readItem(item: unknown, index: number): Found[] {
  const [, name = "", addresses = ""] = /^([^=:\s]+)[=:](.+)$/.exec(typeof item === "string" ? item.trim() : "") ?? [];
  const says = { at: [index], wrong: mustBe(ITEM, item) };
  const hosts = addresses.split(",").map((address) => readHost(name, address, says));
  const wrong = hosts.find((host) => host.wrong !== undefined);
  return wrong === undefined ? hosts : [wrong];
}

function readMap(value: unknown): Found[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).flatMap(([name, addresses]: [string, unknown]) => {
    if (!Array.isArray(addresses)) return [readValue(name, addresses, [name])];
    return addresses.map((address: unknown, index) => readValue(name, address, [name, index]));
  });
}

function readValue(name: string, address: unknown, at: (string | number)[]): Found {
  const wrong = `must be an address or ${GATEWAY}, not ${quoted(address)}`;
  return readHost(name, typeof address === "string" ? address.trim() : "", { at, wrong });
}

function readHost(name: string, written: string, { at, wrong }: Required<Omit<Found, "host">>): Found {
  const address = written.replace(/^\[(.*)\]$/, "$1");
  const isKnown = address === GATEWAY || isIpAddress(address);
  return name !== "" && isKnown ? { at, host: { name, address } } : { at, wrong };
}
