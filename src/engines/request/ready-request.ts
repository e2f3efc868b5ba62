import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Clock } from "../../clock.ts";
import { within } from "../../clock.ts";
import type { HttpTemplate, StatusRange } from "../../job/job.ts";
import type { HttpRequest } from "../../send-request.ts";
import type { AttemptOrder, Rejection } from "../engine.ts";

/** A request with everything that is read for it. It holds secrets. */
export interface ReadyRequest {
  readonly request: HttpRequest;
  readonly expect: readonly StatusRange[];
  readonly ca?: string;
}

const READ_WITHIN_MS = 10_000;
const LONGEST_HEADER = 4096;
const LONGEST_CA_BYTES = 1024 * 1024;

/** Makes the request of an attempt. What is in files is read now; a file that cannot be used rejects the attempt. */
export async function makeReady(
  order: AttemptOrder,
  { url, method, headers, body, expect, caFile }: HttpTemplate,
  clock: Clock,
): Promise<{ readonly kind: "ready"; readonly ready: ReadyRequest } | Rejection> {
  const asked = Object.keys({ ...order.inputs, ...order.environment });
  if (asked.length > 0)
    return reject(`launch: http sends the request as it is declared, and takes no variables (${asked.join(", ")})`);
  const own: Record<string, string> = {};
  // Side by side: what takes long, takes long once.
  const [ca, ...values] = await Promise.all([
    caFile === undefined ? undefined : readCertificates(caFile, clock),
    ...Object.values(headers).map((value) => ("text" in value ? value : readHeader(value.file, clock))),
  ]);
  for (const [index, name] of Object.keys(headers).entries()) {
    const read = values[index] as ReadText;
    if ("wrong" in read) return reject(`the header ${name} needs ${read.wrong}`);
    own[name] = read.text;
  }
  if (ca !== undefined && "wrong" in ca) return reject(`ca_file names ${ca.wrong}`);
  const request = {
    method,
    url,
    headers: { ...defaultHeaders(own, order, body), ...own, ...factsOf(order) },
    ...(body !== undefined && { body }),
  };
  return { kind: "ready", ready: { request, expect, ...(ca && { ca: ca.text }) } };
}

type Headers = Readonly<Record<string, string>>;

/** What the author has not said. */
function defaultHeaders(own: Headers, { trace }: AttemptOrder, body: string | undefined): Headers {
  const given = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const defaults: Headers = {
    accept: "*/*",
    ...(body !== undefined && { "content-type": typeOf(body) }),
    ...(!given.has("traceparent") && trace),
  };
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !given.has(name)));
}

function typeOf(body: string): string {
  try {
    JSON.parse(body);
    return "application/json";
  } catch {
    return "text/plain; charset=utf-8";
  }
}

/** What variables tell the process of another job. A further attempt of a run is the same request again. */
function factsOf({ job, run, attempt, scheduledAt, trigger, after }: AttemptOrder): Headers {
  return {
    "idempotency-key": run,
    "shipbell-job": job,
    "shipbell-run": run,
    "shipbell-attempt": String(attempt),
    "shipbell-scheduled-at": scheduledAt.toISOString(),
    "shipbell-trigger": trigger,
    ...(after && { "shipbell-after-run": after.run }),
  };
}

type ReadText = { readonly text: string } | { readonly wrong: string };

async function readHeader(path: string, clock: Clock): Promise<ReadText> {
  const read = await readText(path, LONGEST_HEADER, clock);
  if ("wrong" in read) return read;
  const text = read.text.replace(/^\uFEFF/, "").trim();
  if (/^[\x20-\x7E\t]+$/.test(text)) return { text };
  return { wrong: `the file ${path}, which must have one line of ASCII characters` };
}

/** Node takes a text without any for an authority without certificates, and reads a text up to the first one that is broken. */
async function readCertificates(path: string, clock: Clock): Promise<ReadText> {
  const read = await readText(path, LONGEST_CA_BYTES, clock);
  if ("wrong" in read) return read;
  const certificates = read.text.split(BEGIN_CERTIFICATE).filter((text) => text.search(BEGIN_CERTIFICATE) === 0);
  const broken = certificates.findIndex((certificate) => !isCertificate(certificate));
  if (certificates.length > 1 && broken >= 0)
    return { wrong: `the file ${path}, of which certificate ${broken + 1} of ${certificates.length} is broken (PEM)` };
  return certificates.length === 0 || broken >= 0
    ? { wrong: `the file ${path}, which has no certificate (PEM)` }
    : read;
}

/** Before each certificate. */
const BEGIN_CERTIFICATE = /(?=-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----)/;

function isCertificate(text: string): boolean {
  try {
    new X509Certificate(text);
    return true;
  } catch {
    return false;
  }
}

/** A file system may never answer if its server is gone. */
async function readText(path: string, mostBytes: number, clock: Clock): Promise<ReadText> {
  try {
    return await within(clock, READ_WITHIN_MS, readSmall(path, mostBytes));
  } catch (error) {
    const { code = `no answer within ${READ_WITHIN_MS / 1000} s` } = error as NodeJS.ErrnoException;
    return { wrong: `the file ${path}, which cannot be read (${code})` };
  }
}

async function readSmall(path: string, mostBytes: number): Promise<ReadText> {
  const found = await stat(path);
  if (!found.isFile()) return { wrong: `the file ${path}, which is no file` };
  if (found.size > mostBytes) return { wrong: `the file ${path}, which has more than ${mostBytes} bytes` };
  return { text: await readFile(path, "utf8") };
}

function reject(message: string): Rejection {
  return { kind: "rejected", reason: "bad-definition", message };
}
