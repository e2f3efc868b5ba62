import type { EngineClient } from "../lab/engine-client.ts";
import { tryToAsk } from "../lab/swarm-nodes.ts";

export interface OwnService {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Labels: Readonly<Record<string, string>> };
}

export interface OwnConfig {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { readonly Name: string; readonly Labels: Readonly<Record<string, string>> };
}

export interface OwnContainer {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** What an engine has that carries the instance's label. Undefined when it does not answer within some seconds. */
export function listOwn(at: EngineClient, instance: string) {
  const filters = encodeURIComponent(JSON.stringify({ label: [`shipbell.instance=${instance}`] }));
  const list = async <T>(path: string): Promise<readonly T[] | undefined> => {
    const answer = await tryToAsk<readonly T[]>(at, "GET", path);
    return answer?.status === 200 ? answer.json : undefined;
  };
  return {
    services: () => list<OwnService>(`/services?filters=${filters}`),
    configs: () => list<OwnConfig>(`/configs?filters=${filters}`),
    /** Of this engine alone. */
    containers: () => list<OwnContainer>(`/containers/json?all=1&filters=${filters}`),
  };
}
