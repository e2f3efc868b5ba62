import type { ComposeTemplate, StoredFile } from "../jobs/job.ts";
import type { Rejection } from "../runs/engine.ts";
import type { Docker } from "./connect.ts";
import type { StoredIds } from "./service-spec.ts";
import { expectStatus } from "./status.ts";

/** Finds the secrets and configs that a template names, as they are now. One request for each kind that it uses. */
export async function findStoredFiles(docker: Docker, template: ComposeTemplate): Promise<StoredIds | Rejection> {
  const [secrets, configs] = await Promise.all([
    findIds(docker, "secret", template.secrets),
    findIds(docker, "config", template.configs),
  ]);
  if ("kind" in secrets) return secrets;
  return "kind" in configs ? configs : { secrets, configs };
}

async function findIds(
  docker: Docker,
  kind: "secret" | "config",
  files: readonly StoredFile[],
): Promise<ReadonlyMap<string, string> | Rejection> {
  const names = new Set(files.map(({ source }) => source));
  if (names.size === 0) return new Map();
  const query = { filters: { name: [...names] } };
  const answer = await docker.call({ method: "GET", path: `/${kind}s`, query });
  const found = expectStatus(answer, `list ${kind}s`, 200).body as readonly RawStored[];
  const ids = new Map(found.map(({ ID, Spec }) => [Spec.Name, ID]));
  const missing = [...names].filter((name) => !ids.has(name));
  if (missing.length === 0) return ids;
  const message = `the Swarm has no ${kind} ${missing.map((name) => `"${name}"`).join(", ")}`;
  return { kind: "rejected", reason: "bad-definition", message };
}

/** The filter takes a name for a beginning, so there are others among them. */
interface RawStored {
  readonly ID: string;
  readonly Spec: { readonly Name: string };
}
