import { askEngine, type EngineAnswer } from "./engine-api.ts";
import type { EngineClient } from "./engine-client.ts";
import { until } from "./machine/until.ts";

/** What we read of a node, see the API's description of `GET /nodes`. */
export type SwarmNode = {
  ID: string;
  Version: { Index: number };
  Spec: { Availability: "active" | "pause" | "drain" } & Record<string, unknown>;
  Status: { State: string };
  ManagerStatus?: { Leader?: boolean; Reachability: string };
};

const longestAnswerMs = 3_000;
const longestUpdateMs = 60_000;

/** One request to an engine that may be frozen, cut off or without a leader: nothing when it does not answer in time. */
export async function tryToAsk<T>(engine: EngineClient, method: string, path: string, body?: unknown) {
  const signal = AbortSignal.timeout(longestAnswerMs);
  return askEngine<T>(engine.socketPath, method, path, body, signal).catch(
    (): EngineAnswer<T> | undefined => undefined,
  );
}

/** All nodes, as the first manager that answers sees them. Nothing when none does. */
export async function listNodes(managers: readonly EngineClient[]): Promise<SwarmNode[] | undefined> {
  const ask = async (manager: EngineClient) => {
    const answer = await tryToAsk<SwarmNode[]>(manager, "GET", "/nodes");
    return answer?.status === 200 ? answer.json : Promise.reject(new Error("no answer"));
  };
  return Promise.any(managers.map(ask)).catch(() => undefined);
}

/** Nothing while there is none: more than half of the managers have to see the same. A leader that was cut off sees itself. */
export async function leaderOf(managers: readonly EngineClient[]): Promise<string | undefined> {
  const views = await Promise.all(managers.map((manager) => listNodes([manager])));
  const leaders = views.map((nodes) => nodes?.find(({ ManagerStatus }) => ManagerStatus?.Leader)?.ID);
  return leaders.find((id) => id && leaders.filter((other) => other === id).length > managers.length / 2);
}

/** Changes a node's availability through any manager that answers. Rejects after a minute without success. */
export async function setAvailability(
  managers: readonly EngineClient[],
  id: string,
  availability: SwarmNode["Spec"]["Availability"],
): Promise<void> {
  const attempt = async (): Promise<boolean> => {
    for (const manager of managers) {
      const node = await tryToAsk<SwarmNode>(manager, "GET", `/nodes/${id}`);
      if (node?.status !== 200) continue;
      const path = `/nodes/${id}/update?version=${node.json.Version.Index}`;
      const answer = await tryToAsk(manager, "POST", path, { ...node.json.Spec, Availability: availability });
      if (answer?.status === 200) return true; // otherwise it was usually changed in between
    }
    return false;
  };
  await until(attempt, AbortSignal.timeout(longestUpdateMs), 100).catch((cause) => {
    throw new Error(`no manager would make node ${id} ${availability} within a minute.`, { cause });
  });
}
