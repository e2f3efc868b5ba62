import { readFile } from "node:fs/promises";
import { finish, runCommand } from "./run-command.ts";

/**
 * Each private engine gets a bridge and an address range of its own, so that it can run next to a user's engine and
 * next to other engines of the lab. It writes no iptables rules, since the chains' names are the same for all engines of one
 * network namespace and each engine empties them when it starts; the three rules that containers need are made here.
 */
export type LabNetwork = { number: number; bridge: string; range: string; gateway: string };

type Rule = [table: string, chain: string, ...match: string[]];
type Link = { ifname?: string; addr_info?: { local?: string }[] };

const firstNumber = 160;
const count = 64;

export function networkOf(number: number): LabNetwork {
  return { number, bridge: `shipbell-lab${number}`, range: `10.${number}.0.0/16`, gateway: `10.${number}.0.1/24` };
}

/** The machine's address in this network. */
export const gatewayOf = ({ gateway }: LabNetwork): string => gateway.replace(/\/.*$/, "");

/** A number that is not taken and whose range no route of this machine touches. */
export async function chooseNetwork(taken: ReadonlySet<number | undefined>): Promise<LabNetwork> {
  const routes = await runCommand("ip", ["-4", "route", "show", "table", "all"]);
  const isFree = (number: number) => !taken.has(number) && !new RegExp(`\\b10\\.${number}\\.`).test(routes);
  const number = Array.from({ length: count }, (_, index) => firstNumber + index).find(isFree);
  if (number !== undefined) return networkOf(number);
  throw new Error(
    `all ${count} networks of the lab are in use: "npm run lab -- down --all" takes down what is left over.`,
  );
}

export async function setUpNetwork(network: LabNetwork): Promise<void> {
  await runCommand("ip", ["link", "add", network.bridge, "type", "bridge"]);
  await runCommand("ip", ["address", "add", network.gateway, "dev", network.bridge]);
  await runCommand("ip", ["link", "set", network.bridge, "up"]);
  for (const [table, chain, ...match] of rulesOf(network)) await iptables("-t", table, "-I", chain, ...match);
}

/** Takes away the rules, our bridge and the bridges that the engine made. What is gone already is no error. */
export async function removeNetwork(network: LabNetwork, engineNetworksFile: string): Promise<void> {
  for (const name of await linksOn(network.bridge)) await finish("ip", ["link", "delete", name]); // gone with its other end?
  const made = await bridgesIn(engineNetworksFile);
  for (const name of await existingBridges((link) => made.has(`${link.ifname}`) || isOf(network, link)))
    await runCommand("ip", ["link", "delete", name]);
  for (const rule of rulesOf(network)) await removeRule(rule);
}

/** Out to the machine's own network under its address; and past the DROP that a user's engine puts into FORWARD. */
function rulesOf({ range, bridge }: LabNetwork): Rule[] {
  const named = ["-m", "comment", "--comment", bridge];
  return [
    ["nat", "POSTROUTING", "-s", range, "!", "-d", range, ...named, "-j", "MASQUERADE"],
    ["filter", "FORWARD", "-s", range, ...named, "-j", "ACCEPT"],
    ["filter", "FORWARD", "-d", range, ...named, "-j", "ACCEPT"],
  ];
}

async function removeRule([table, chain, ...match]: Rule): Promise<void> {
  const there = await finish("iptables", ["-w", "-t", table, "-C", chain, ...match]);
  if (there.code === 0) await iptables("-t", table, "-D", chain, ...match);
}

const iptables = (...args: string[]) => runCommand("iptables", ["-w", ...args]);

function isOf({ number, bridge }: LabNetwork, link: Link): boolean {
  return link.ifname === bridge || !!link.addr_info?.some(({ local }) => local?.startsWith(`10.${number}.`));
}

async function existingBridges(isWanted: (link: Link) => boolean): Promise<string[]> {
  const links: Link[] = JSON.parse((await runCommand("ip", ["-json", "address", "show", "type", "bridge"])) || "[]");
  return links.filter(isWanted).flatMap(({ ifname }) => ifname ?? []);
}

/** What is plugged into a bridge; nothing when there is no such bridge. */
async function linksOn(bridge: string): Promise<string[]> {
  const { code, stdout } = await finish("ip", ["-json", "link", "show", "master", bridge]);
  const links: Link[] = code === 0 ? JSON.parse(stdout || "[]") : [];
  return links.flatMap(({ ifname }) => ifname ?? []);
}

/** The bridges of networks with an address range of the user's choice. Docker's own names are random, so never another's. */
async function bridgesIn(engineNetworksFile: string): Promise<Set<string>> {
  const content = await readFile(engineNetworksFile, "latin1").catch(() => "");
  return new Set(content.match(/\bbr-[0-9a-f]{12}\b/g));
}
