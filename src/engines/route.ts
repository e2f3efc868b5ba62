import type { Template } from "../job/job.ts";
import type { Usage } from "../ledger/record.ts";
import { ContainerCarrier } from "./containers/container-carrier.ts";
import type {
  Abilities,
  Activated,
  AttemptOrder,
  Carrier,
  Engine,
  EngineNode,
  EngineVersion,
  LogOptions,
  ObjectName,
  ObjectState,
  OutputLine,
  OwnObject,
  Prepared,
  Pulled,
} from "./engine.ts";
import { ExecCarrier } from "./exec/exec-carrier.ts";
import type { EngineHost, EngineKind, EngineParts } from "./kind.ts";
import { RequestCarrier } from "./request/request-carrier.ts";
import { ServiceCarrier } from "./swarm/service-carrier.ts";

type MakeCarrier = (parts: EngineParts) => Carrier;

/** By the name of a kind of engine what carries its jobs. A new carrier is a folder and a line here. */
export const CARRIERS: Readonly<Record<string, readonly MakeCarrier[]>> = {
  container: [
    (parts) => new ExecCarrier(parts),
    ({ clock }) => new RequestCarrier({ clock, env: process.env }),
    (parts) => new ContainerCarrier(parts),
  ],
  swarm: [(parts) => new ServiceCarrier(parts)],
};

/** The engine of a kind, with the carriers that stand in `carriers`. */
export function routeEngine(
  { name, abilities }: Pick<EngineKind, "name" | "abilities">,
  host: EngineHost,
  parts: EngineParts,
  carriers = CARRIERS,
): Engine {
  return new RoutedEngine(
    abilities,
    host,
    (carriers[name] ?? []).map((make) => make(parts)),
  );
}

/**
 * An engine whose attempts have several carriers. A definition goes to the first that carries its kind of template, and
 * an object to the first that owns it, which its ID alone says.
 */
class RoutedEngine implements Engine {
  readonly objectKind: Abilities["objectKind"];
  readonly keepsEnded: boolean;
  readonly pulls: boolean;
  readonly mayOutliveRemoval: boolean;
  readonly #host: EngineHost;
  readonly #carriers: readonly Carrier[];

  constructor(abilities: Abilities, host: EngineHost, carriers: readonly Carrier[]) {
    this.objectKind = abilities.objectKind;
    this.keepsEnded = abilities.keepsEnded;
    this.pulls = abilities.pulls;
    this.mayOutliveRemoval = abilities.mayOutliveRemoval;
    this.#host = host;
    this.#carriers = carriers;
  }

  greet(): Promise<EngineVersion> {
    return this.#host.greet();
  }

  pull(image: string, signal: AbortSignal, platform?: string): Promise<Pulled> {
    return this.#host.pull(image, signal, platform);
  }

  nodes(signal: AbortSignal): Promise<readonly EngineNode[]> {
    return this.#host.nodes(signal);
  }

  watchNodes(wake: () => void, signal: AbortSignal): void {
    this.#host.watchNodes(wake, signal);
  }

  async list(): Promise<readonly OwnObject[]> {
    return (await Promise.all(this.#carriers.map((carrier) => carrier.list()))).flat();
  }

  async look(objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectState>> {
    const byCarrier = Map.groupBy(objectIds, (id) => this.#ownerOf(id));
    const seen = await Promise.all([...byCarrier].map(([carrier, ids]) => carrier.look(ids)));
    return new Map(seen.flatMap((states) => [...states]));
  }

  async prepare(order: AttemptOrder): Promise<Prepared> {
    const { kind } = order.template;
    const carrier = this.#carriers.find(({ carries }) => carries.includes(kind));
    if (carrier !== undefined) return carrier.prepare(order);
    const message = `this engine cannot run jobs of the kind "${kind}"`;
    return { kind: "rejected", reason: "bad-definition", message };
  }

  preparesAhead(template: Template): boolean {
    return this.#carriers.find(({ carries }) => carries.includes(template.kind))?.preparesAhead(template) ?? false;
  }

  async activate(object: ObjectName): Promise<Activated> {
    return this.#ownerOf(object.id).activate(object);
  }

  async activateAgain(objectId: string): Promise<Activated> {
    return this.#ownerOf(objectId).activateAgain(objectId);
  }

  async stop(objectId: string, gracePeriodMs: number): Promise<void> {
    return this.#ownerOf(objectId).stop(objectId, gracePeriodMs);
  }

  async withdraw(objectId: string): Promise<void> {
    return this.#ownerOf(objectId).withdraw(objectId);
  }

  async remove(objectId: string): Promise<void> {
    return this.#ownerOf(objectId).remove(objectId);
  }

  keepsOutput(objectId: string): boolean {
    return this.#ownerOf(objectId).keepsOutput(objectId);
  }

  logs(objectId: string, options: LogOptions, signal: AbortSignal): AsyncIterable<OutputLine> {
    return this.#ownerOf(objectId).logs(objectId, options, signal);
  }

  async usage(objectId: string, signal: AbortSignal): Promise<Usage | undefined> {
    return this.#ownerOf(objectId).usage(objectId, signal);
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    for (const carrier of this.#carriers) carrier.watch(wake, signal);
  }

  /** @throws when no carrier owns it: that is a fault of ours. Callers are `async`, so that it rejects their promise. */
  #ownerOf(objectId: string): Carrier {
    const owner = this.#carriers.find((carrier) => carrier.owns(objectId));
    if (owner === undefined) throw new Error(`${objectId} is the ID of no object of this engine`);
    return owner;
  }
}
