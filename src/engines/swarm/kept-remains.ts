import type { Clock } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { type Labels, RUN_LABELS } from "../docker/specs/run-labels.ts";
import { expectStatus } from "../docker/status.ts";
import { STORED_LABEL } from "./kept-names.ts";

/** What a service leaves on its nodes goes some time after it, and uses its networks, secrets and configs until then. */
const IN_USE_FOR_MS = 30_000;
const ASK_AGAIN_MS = 500;

/** Something that was made for a schedule file, beside runs. */
export interface KeptObject {
  readonly name: string;
  /** Waits a while for what uses it to go, and then throws. One that is not there any more is no error. */
  remove(): Promise<void>;
}

/** What an instance has made because a schedule file declares it. Volumes are not among it: they hold somebody's data. */
export interface KeptRemains {
  networks(): Promise<readonly KeptObject[]>;
  /** Of a Swarm only. */
  secrets(): Promise<readonly KeptObject[]>;
  configs(): Promise<readonly KeptObject[]>;
}

export interface KeptParts {
  readonly docker: Docker;
  readonly instance: string;
  readonly clock: Clock;
}

export function keptRemains({ docker, instance, clock }: KeptParts): KeptRemains {
  const label = `${RUN_LABELS.instance}=${instance}`;
  const list = (kind: string, labels: readonly string[]) => listKept({ docker, instance, clock }, kind, labels);
  return {
    networks: () => list("networks", [label]),
    secrets: () => list("secrets", [label, STORED_LABEL]),
    configs: () => list("configs", [label, STORED_LABEL]),
  };
}

interface RawKept {
  readonly ID?: string;
  /** As networks have it. */
  readonly Id?: string;
  readonly Name?: string;
  readonly Spec?: { readonly Name: string; readonly Labels?: Labels };
}

async function listKept(
  { docker, clock }: KeptParts,
  kind: string,
  label: readonly string[],
): Promise<readonly KeptObject[]> {
  const answer = await docker.call({ method: "GET", path: `/${kind}`, query: { filters: { label } } });
  const found = expectStatus(answer, `list ${kind}`, 200).body as readonly RawKept[];
  return found.map(({ ID, Id, Name, Spec }) => {
    const path = `/${kind}/${ID ?? Id ?? ""}`;
    return { name: Spec?.Name ?? Name ?? "", remove: () => removeUnused(docker, path, clock) };
  });
}

async function removeUnused(docker: Docker, path: string, clock: Clock): Promise<void> {
  const until = clock.now().getTime() + IN_USE_FOR_MS;
  for (;;) {
    const answer = await docker.call({ method: "DELETE", path });
    if (answer.status < 400 || clock.now().getTime() >= until) {
      expectStatus(answer, `remove ${path}`, 204, 404);
      return;
    }
    if (answer.status === 404) return;
    await clock.wait(ASK_AGAIN_MS, new AbortController().signal);
  }
}
