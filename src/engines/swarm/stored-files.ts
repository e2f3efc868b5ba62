import type { ComposeTemplate, StoredFile } from "../../job/job.ts";
import type { Workshop } from "../docker/specs/specify-container.ts";
import { expectStatus } from "../docker/status.ts";
import type { Rejection } from "../engine.ts";
import { keepContents } from "./kept-contents.ts";
import type { StoredIds, StoredName } from "./service-spec.ts";

/**
 * Finds the secrets and configs that a template names, as they are now, and makes those of which the file says what
 * they hold. One request for each kind that it uses, when all of them are there.
 */
export async function findStoredFiles(workshop: Workshop, template: ComposeTemplate): Promise<StoredIds | Rejection> {
  const [secrets, configs] = await Promise.all([
    findAll(workshop, "secret", template.secrets),
    findAll(workshop, "config", template.configs),
  ]);
  if ("kind" in secrets) return secrets;
  return "kind" in configs ? configs : { secrets, configs };
}

type Found = ReadonlyMap<string, StoredName> | Rejection;

async function findAll(workshop: Workshop, kind: "secret" | "config", files: readonly StoredFile[]): Promise<Found> {
  const named = await findNames(workshop, kind, new Set(files.flatMap((file) => (file.content ? [] : file.source))));
  if ("kind" in named) return named;
  const contents = new Map(files.flatMap(({ source, content }) => (content ? [[source, content] as const] : [])));
  const kept = await keepContents(workshop, kind, contents);
  return "kind" in kept ? kept : new Map([...named, ...kept]);
}

async function findNames({ docker }: Workshop, kind: "secret" | "config", names: ReadonlySet<string>): Promise<Found> {
  if (names.size === 0) return new Map();
  const query = { filters: { name: [...names] } };
  const answer = await docker.call({ method: "GET", path: `/${kind}s`, query });
  const found = expectStatus(answer, `list ${kind}s`, 200).body as readonly RawStored[];
  const ids = new Map(found.map(({ ID, Spec: { Name } }) => [Name, { id: ID, name: Name }]));
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
