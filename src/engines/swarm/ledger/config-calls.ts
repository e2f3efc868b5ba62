import type { Docker } from "../../docker/connect.ts";
import { expectShape, listOf, mapOf, object, optional, text, whole } from "../../docker/shape.ts";
import type { Labels } from "../../docker/specs/run-labels.ts";
import { expectStatus, isRefusal, messageOf } from "../../docker/status.ts";
import type { DockerAnswer, DockerRequest } from "../../docker/wire.ts";
import { EngineError } from "../../engine.ts";

/** A Swarm config. All that we keep is in its labels, since nothing else of a config can be changed. */
export interface SwarmConfig {
  readonly id: string;
  readonly name: string;
  /** Of this config, whenever it changes: `relabelConfig` changes only the version that it was given. */
  readonly version: number;
  readonly labels: Labels;
  /** In base64, as Swarm gives it. */
  readonly data: string;
}

/**
 * What became of a request to write. If that is not clear, it may have been carried out, may not have been, or may
 * still be.
 */
export type Written =
  | { readonly isClear: true; readonly id: string }
  | { readonly isClear: false; readonly refusal?: string };

/** A Swarm answers within milliseconds; one without a leader takes some seconds to say so. */
const DEADLINE_MS = 10_000;

/** The data of every config of ours, for people to read: it must not be empty, and cannot be changed. */
export const DATA_FOR_PEOPLE = Buffer.from(
  "Kept by shipbell (cron for containers) in the labels of this config. Please do not edit; `shipbell purge` removes it.\n",
).toString("base64");

/** Lists all configs with the label (`key=value`). */
export async function listConfigs(docker: Docker, label: string): Promise<readonly SwarmConfig[]> {
  const query = { filters: { label: [label] } };
  const answer = await docker.call({ method: "GET", path: "/configs", query, deadlineMs: 3 * DEADLINE_MS });
  const { body } = expectStatus(answer, "list configs", 200);
  return expectShape<readonly RawConfig[]>(body, listOf(config), "list configs").map(readConfig);
}

/** Finds the config of this name; undefined when there is none. With an ID that it once had, one request is enough. */
export async function findConfig(docker: Docker, name: string, id?: string): Promise<SwarmConfig | undefined> {
  const found = id === undefined ? undefined : await inspectConfig(docker, id);
  return found ?? (await inspectConfig(docker, name));
}

/** Creates a config, unless there is one of that name. */
export function createConfig(docker: Docker, name: string, labels: Labels): Promise<Written> {
  const body = { Name: name, Data: DATA_FOR_PEOPLE, Labels: labels };
  return write(docker, { method: "POST", path: "/configs/create", body }, (answer) =>
    answer.status === 201 ? (answer.body as { readonly ID: string }).ID : undefined,
  );
}

/**
 * Replaces the labels of exactly this version of a config. Of several attempts at once, the engine lets one succeed.
 */
export function relabelConfig(docker: Docker, config: Omit<SwarmConfig, "labels">, labels: Labels): Promise<Written> {
  const { id, name, version, data } = config;
  const body = { Name: name, Data: data, Labels: labels };
  return write(docker, { method: "POST", path: `/configs/${id}/update`, query: { version }, body }, ({ status }) =>
    status === 200 ? id : undefined,
  );
}

/** Removes a config, whatever its version. One that is already gone is no error. */
export async function removeConfig(docker: Docker, id: string): Promise<void> {
  const answer = await docker.call({ method: "DELETE", path: `/configs/${id}`, deadlineMs: DEADLINE_MS });
  expectStatus(answer, `remove config ${id}`, 204, 404);
}

async function inspectConfig(docker: Docker, nameOrId: string): Promise<SwarmConfig | undefined> {
  const path = `/configs/${encodeURIComponent(nameOrId)}`;
  const answer = await docker.call({ method: "GET", path, deadlineMs: DEADLINE_MS });
  const what = `inspect config ${nameOrId}`;
  expectStatus(answer, what, 200, 404);
  return answer.status === 404 ? undefined : readConfig(expectShape(answer.body, config, what));
}

async function write(
  docker: Docker,
  request: DockerRequest,
  idIfClear: (answer: DockerAnswer) => string | undefined,
): Promise<Written> {
  try {
    const answer = await docker.call({ ...request, deadlineMs: DEADLINE_MS });
    const id = idIfClear(answer);
    if (id !== undefined) return { isClear: true, id };
    return { isClear: false, ...(isRefusal(answer) && { refusal: messageOf(answer) }) };
  } catch (error) {
    if (error instanceof EngineError) return { isClear: false };
    throw error;
  }
}

interface RawConfig {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { readonly Name: string; readonly Labels?: Labels | null; readonly Data?: string };
}

const config = object({
  ID: text,
  Version: object({ Index: whole }),
  Spec: object({ Name: text, Labels: optional(mapOf(text)), Data: optional(text) }),
});

function readConfig({ ID, Version, Spec }: RawConfig): SwarmConfig {
  const data = Spec.Data ?? "";
  return {
    id: ID,
    name: Spec.Name,
    version: Version.Index,
    labels: Spec.Labels ?? {},
    // All share one text, instead of holding one each.
    data: data === DATA_FOR_PEOPLE ? DATA_FOR_PEOPLE : data,
  };
}
