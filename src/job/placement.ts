import { BlockList, isIP } from "node:net";

/** What placement constraints ask for of a node of a Swarm. A text that the engine does not say is empty. */
export interface NodeTraits {
  readonly hostname: string;
  /** `10.0.0.7` */
  readonly address: string;
  readonly role: "manager" | "worker";
  /** `linux` */
  readonly os: string;
  /** `x86_64` */
  readonly architecture: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly engineLabels: Readonly<Record<string, string>>;
}

/**
 * Whether Swarm would place a task with these constraints on the node. The rules are Swarm's (`constraint.NodeMatches` in
 * swarmkit): upper and lower case are the same, except in the names of labels; what a node does not say is an empty text; a
 * constraint that cannot be read is met by no node.
 */
export function meetsConstraints(id: string, traits: NodeTraits, constraints: readonly string[]): boolean {
  return constraints.every((constraint) => meets(constraint, id, traits));
}

function meets(constraint: string, id: string, traits: NodeTraits): boolean {
  const [, written = "", operator, value = ""] = /^(.*?)([=!]=)(.*)$/s.exec(constraint) ?? [];
  const key = written.trim();
  const wanted = value.trim();
  const isMet = key.toLowerCase() === "node.ip" ? hasAddress(traits.address, wanted) : isSame(key, wanted, id, traits);
  return isMet !== undefined && isMet === (operator === "==");
}

/** Undefined for a key that Swarm does not know. */
function isSame(key: string, wanted: string, id: string, traits: NodeTraits): boolean | undefined {
  const value = traitOf(key, id, traits);
  return value === undefined ? undefined : value.toLowerCase() === wanted.toLowerCase();
}

function traitOf(key: string, id: string, { labels, engineLabels, ...traits }: NodeTraits): string | undefined {
  const lower = key.toLowerCase();
  if (lower.startsWith("node.labels.")) return ofOwn(labels, key.slice("node.labels.".length));
  if (lower.startsWith("engine.labels.")) return ofOwn(engineLabels, key.slice("engine.labels.".length));
  switch (lower) {
    case "node.id":
      return id;
    case "node.hostname":
      return traits.hostname;
    case "node.role":
      return traits.role;
    case "node.platform.os":
      return traits.os;
    case "node.platform.arch":
      return traits.architecture;
    default:
      return undefined;
  }
}

function ofOwn(labels: NodeTraits["labels"], name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? "") : "";
}

/** Undefined where what is wanted is neither an address nor a subnet. */
function hasAddress(address: string, wanted: string): boolean | undefined {
  const [base = "", bits, ...rest] = wanted.split("/");
  const version = isIP(base);
  const longest = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  const isSubnet = version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits ?? "0") && prefix <= longest;
  if (!isSubnet) return undefined;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(base, prefix, family);
  return isIP(address) === version && list.check(address, family);
}
