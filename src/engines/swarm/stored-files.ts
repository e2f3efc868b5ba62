import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { startDeadline } from "../../clock.ts";
import { configDigest, SecretDigests } from "../../definition/secret-digest.ts";
import type { ComposeTemplate, StoredContent, StoredFile } from "../../job/job.ts";
import { type Labels, RUN_LABELS } from "../docker/specs/run-labels.ts";
import { expectStatus, isRefusal, messageOf, unexpected } from "../docker/status.ts";
import type { Rejection } from "../engine.ts";
import type { Workshop } from "../kind.ts";
import type { StoredIds, StoredName } from "./service-spec.ts";

/**
 * Finds the secrets and configs that a template names, as they are now, and stores those whose content comes from the
 * schedule file. One request for each kind that it uses, if all of them exist.
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

/** The filter matches names that begin so: there may be others in the answer. */
interface RawStored {
  readonly ID: string;
  readonly Spec: { readonly Name: string };
}

/** A secret or config is half a megabyte at most. */
const READ_WITHIN_MS = 10_000;
const TOO_LONG = `no answer within ${READ_WITHIN_MS / 1000} s`;

type Kind = "secret" | "config";
type Kept = ReadonlyMap<string, StoredName> | Rejection;

/**
 * Keeps contents in the Swarm's store, under names that follow from their content: the same content is stored once, and
 * new content does not affect what is already running. The instance's older contents of the same names are removed once
 * no service uses them.
 */
async function keepContents(
  workshop: Workshop,
  kind: Kind,
  contents: ReadonlyMap<string, StoredContent>,
): Promise<Kept> {
  if (contents.size === 0) return new Map();
  const all = await listOwn(workshop, kind);
  const kept = new Map<string, StoredName>();
  for (const [source, content] of contents) {
    const one = await keepOne(workshop, kind, { source, content, all });
    if ("kind" in one) return one;
    kept.set(source, one);
    const superseded = all.filter(({ ID, Spec }) => Spec.Labels?.[STORED_LABEL] === source && ID !== one.id);
    for (const { ID } of superseded) await removeUnused(workshop, kind, ID);
  }
  return kept;
}

interface RawKept {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Labels?: Labels | null };
}

/** Lists those that the instance keeps for schedule files. */
async function listOwn({ docker, instance }: Workshop, kind: Kind): Promise<readonly RawKept[]> {
  const query = { filters: { label: [`${RUN_LABELS.instance}=${instance}`, STORED_LABEL] } };
  const answer = await docker.call({ method: "GET", path: `/${kind}s`, query });
  return expectStatus(answer, `list ${kind}s`, 200).body as readonly RawKept[];
}

interface Wanted {
  readonly source: string;
  readonly content: StoredContent;
  readonly all: readonly RawKept[];
}

async function keepOne(
  workshop: Workshop,
  kind: Kind,
  { source, content, all }: Wanted,
): Promise<StoredName | Rejection> {
  const read = await readContent(kind, content, workshop.digests ?? new SecretDigests());
  if ("unreadable" in read) return reject(`${kind} ${source}: ${read.unreadable}`);
  const name = keptName({ instance: workshop.instance, kind, source, digest: read.digest });
  const known = all.find(({ Spec }) => Spec.Name === name);
  if (known !== undefined) return { id: known.ID, name };
  const { docker, instance } = workshop;
  const Labels = { ...content.labels, [RUN_LABELS.instance]: instance, [STORED_LABEL]: source };
  const body = { Name: name, Data: Buffer.from(read.data).toString("base64"), Labels };
  const answer = await docker.call({ method: "POST", path: `/${kind}s/create`, body });
  if (answer.status === 201) return { id: (answer.body as { readonly ID: string }).ID, name };
  if (answer.status === 409) return findMade(workshop, kind, name);
  if (isRefusal(answer)) return reject(`${kind} ${source}: ${messageOf(answer)}`);
  throw unexpected(answer, `create ${kind} ${name}`);
}

/** Another scheduler has just created it; or it is someone else's. */
async function findMade(workshop: Workshop, kind: Kind, name: string): Promise<StoredName | Rejection> {
  const all = await listOwn(workshop, kind);
  const made = all.find(({ Spec }) => Spec.Name === name);
  return made ? { id: made.ID, name } : reject(`the name is taken: ${kind} ${name} is not of this instance`);
}

type Content = { readonly data: Uint8Array; readonly digest: string } | { readonly unreadable: string };

async function readContent(kind: Kind, content: StoredContent, digests: SecretDigests): Promise<Content> {
  if (content.from === "text") return { data: Buffer.from(content.text()), digest: content.digest };
  try {
    const data = await orTooLong(readFile(content.path));
    return { data, digest: kind === "secret" ? await digests.of(data) : configDigest(data) };
  } catch (error) {
    const { code = TOO_LONG } = error as NodeJS.ErrnoException;
    return { unreadable: `${content.path} cannot be read (${code})` };
  }
}

/** A file system may never answer if its server is gone. */
async function orTooLong<T>(work: Promise<T>): Promise<T> {
  const deadline = startDeadline(READ_WITHIN_MS);
  const tooLong = once(deadline.signal, "abort").then(() => {
    throw deadline.signal.reason;
  });
  tooLong.catch(() => {});
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    deadline.clear();
  }
}

/** Swarm itself refuses to remove what a service uses. */
async function removeUnused({ docker }: Workshop, kind: Kind, id: string): Promise<void> {
  const answer = await docker.call({ method: "DELETE", path: `/${kind}s/${id}` });
  if (answer.status !== 204 && answer.status !== 404 && !isRefusal(answer))
    throw unexpected(answer, `remove ${kind} ${id}`);
}

function reject(message: string): Rejection {
  return { kind: "rejected", reason: "bad-definition", message };
}

/** On a secret or config that is kept for a schedule file: its name there. */
export const STORED_LABEL = "shipbell.stored";

/** The longest name that Swarm allows. */
const LONGEST = 64;
const HASH = 12;

interface KeptContent {
  readonly instance: string;
  readonly kind: "secret" | "config";
  readonly source: string;
  readonly digest: string;
}

/** `shop-password-0123456789ab`: the same for the same content of the same name in one instance. */
function keptName({ instance, kind, source, digest }: KeptContent): string {
  const text = JSON.stringify([instance, kind, source, digest]);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH);
  return `${source.slice(0, LONGEST - HASH - 1)}-${hash}`;
}
