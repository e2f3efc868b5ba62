import { serviceLabels } from "../../sources/labelled-objects.ts";
import type { EngineEvent } from "../docker/docker-events.ts";
import { listNodes } from "../docker/services.ts";
import { unlessDown } from "../docker/status.ts";
import { EngineTrouble, EngineUnavailable } from "../engine.ts";
import type { EngineHost, EngineParts, KindParts } from "../kind.ts";
import { type Remains, remainingDeclared, remainingObjects } from "../remains.ts";
import { LabelledServices } from "./labelled-services.ts";
import { openConfigLedger } from "./ledger/ledger.ts";
import { remainingConfigs } from "./ledger/remains.ts";
import { readNode } from "./read-tasks.ts";
import { STORED_LABEL } from "./stored-files.ts";

/** How long an engine that answers may take to describe itself. */
const GREET_WITHIN_MS = 10_000;

export const swarmParts: KindParts = {
  host: swarmHost,
  openLedger: (parts) => ({ ledger: openConfigLedger(parts), close: () => {} }),
  inspectLedger: async (parts) => {
    const { inspectConfigLedger } = await import("./ledger/inspect-ledger.ts");
    return inspectConfigLedger(parts);
  },
  // Any number of schedulers may be at work, and none of them can be told from here.
  keepSchedulersAway: () => () => {},
  labels: ({ docker, events }, settings) => {
    const services = new LabelledServices(docker, events, { ...settings.rules, foreign: settings.foreign });
    return serviceLabels({
      ...settings,
      listLabelled: (signal) => services.list(signal),
      watchObjects: (wake, signal) => services.watch(wake, signal),
    });
  },
  findRemains: async (parts, engine) => {
    const { docker, instance } = parts;
    const remains: Remains[] = [
      { words: ["run service", "run services"], items: await remainingObjects(engine) },
      ...(await remainingConfigs(docker, instance)),
      { words: ["secret", "secrets"], items: await remainingDeclared(parts, "secrets", STORED_LABEL) },
      { words: ["config", "configs"], items: await remainingDeclared(parts, "configs", STORED_LABEL) },
      { words: ["network", "networks"], items: await remainingDeclared(parts, "networks") },
    ];
    return { where: `the Swarm of ${docker.host}`, remains, release: () => {} };
  },
};

export function swarmHost({ docker, events }: EngineParts): EngineHost {
  return {
    /** An engine that is not a manager, or one of a Swarm without a leader, is down as well. */
    greet: async () => {
      await docker.ping();
      const info = await docker.info({ deadlineMs: GREET_WITHIN_MS }).catch(unlessDown);
      if (info === undefined) return { version: "unknown", apiVersion: await docker.apiVersion() };
      const { serverVersion, swarm } = info;
      if (!swarm.controlAvailable)
        throw new EngineUnavailable(`the engine is not a manager of a Swarm (its state there: ${swarm.state})`);
      if (swarm.error !== undefined) throw new EngineUnavailable(swarm.error);
      return { version: serverVersion, apiVersion: await docker.apiVersion() };
    },
    /** Each node pulls what it runs. So `prepare` finds no image missing: the outcome says so. */
    pull: async (image, signal) => {
      if (signal.aborted) throw new EngineTrouble(`pull of ${image}: given up`);
      return { kind: "pulled" };
    },
    nodes: async (signal) => (await listNodes(docker, signal)).map(readNode),
    watchNodes: (wake, signal) => {
      const onEvent = ({ type }: EngineEvent) => (type === "node" ? wake() : undefined);
      events.listen({ onEvent, onGap: wake }, signal);
    },
  };
}
