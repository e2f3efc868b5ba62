import type { Docker } from "./connect.ts";
import { STORED_LABEL } from "./kept-names.ts";
import { type Labels, RUN_LABELS } from "./run-labels.ts";
import { expectStatus } from "./status.ts";

/** Something that was made for a schedule file, beside runs. */
export interface KeptObject {
  readonly name: string;
  /** Throws while something uses it. One that is not there any more is no error. */
  remove(): Promise<void>;
}

/** What an instance has made because a schedule file declares it. Volumes are not among it: they hold somebody's data. */
export interface KeptRemains {
  networks(): Promise<readonly KeptObject[]>;
  /** Of a Swarm only. */
  secrets(): Promise<readonly KeptObject[]>;
  configs(): Promise<readonly KeptObject[]>;
}

export function keptRemains(docker: Docker, instance: string): KeptRemains {
  const label = `${RUN_LABELS.instance}=${instance}`;
  return {
    networks: () => list(docker, "networks", [label]),
    secrets: () => list(docker, "secrets", [label, STORED_LABEL]),
    configs: () => list(docker, "configs", [label, STORED_LABEL]),
  };
}

interface RawKept {
  readonly ID?: string;
  /** As networks have it. */
  readonly Id?: string;
  readonly Name?: string;
  readonly Spec?: { readonly Name: string; readonly Labels?: Labels };
}

async function list(docker: Docker, kind: string, label: readonly string[]): Promise<readonly KeptObject[]> {
  const answer = await docker.call({ method: "GET", path: `/${kind}`, query: { filters: { label } } });
  const found = expectStatus(answer, `list ${kind}`, 200).body as readonly RawKept[];
  return found.map(({ ID, Id, Name, Spec }) => {
    const path = `/${kind}/${ID ?? Id ?? ""}`;
    return {
      name: Spec?.Name ?? Name ?? "",
      remove: async () => void expectStatus(await docker.call({ method: "DELETE", path }), `remove ${path}`, 204, 404),
    };
  });
}
