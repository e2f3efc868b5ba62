import * as z from "zod";
import type { HeaderValue, HttpTemplate, StatusRange } from "../job/job.ts";
import { FOR_EXEC_ALONE, type HTTP_KEYS, JOB_KEYS, knownKeys, UNSUPPORTED_KEYS } from "./known-keys.ts";
import { policyKeys } from "./policies.ts";
import { type Checked, explainSchemaIssues } from "./schema-issues.ts";
import { tellingKeys } from "./telling.ts";
import { choice, matching, oneOrMore, scalar, scalarInput, written } from "./values/fields.ts";
import { given } from "./values/given.ts";
import { type Issue, mustBe, shown } from "./values/issue.ts";
import type { YamlMap } from "./values/yaml.ts";

const LONGEST_URL = 2000;
const LONGEST_BODY = 20_000;
const LONGEST_HEADER = 4096;
const MOST_HEADERS = 50;

interface SecretField {
  /** Completes the sentence "must be …". */
  readonly expected: string;
  readonly read: (written: string) => string | undefined;
  readonly form?: RegExp;
}

/** As `scalar`, for a value that may be a secret: what is wrong with it is said without it. */
function secretText({ expected, read, form }: SecretField) {
  const schema = z.string({ error: ({ input }) => mustBe(expected, input) }).transform((text, context): string => {
    const value = read(text);
    if (value !== undefined) return value;
    context.issues.push({ code: "custom", input: text, message: `must be ${expected}, not what is written` });
    return z.NEVER;
  });
  return written(schema, { is: scalarInput(expected, form && [matching(form)]) });
}

/** URLs may be written in other ways (`http:app`, `HTTP:///app`), which look like a mistake and often are one. */
const ADDRESS = /^https?:\/\/[^/\\]/;

const url = secretText({
  expected: `an address such as http://app:8080/tasks/clean, of at most ${LONGEST_URL} characters and without a user in it`,
  read: (text) => {
    const read = ADDRESS.test(text) ? URL.parse(text) : null;
    if (read === null || read.username + read.password !== "") return undefined;
    // What comes after it is not sent.
    read.hash = "";
    return text.length <= LONGEST_URL && !/[\s\p{Cc}]/u.test(text) ? read.href : undefined;
  },
  form: ADDRESS,
});

const headerValue = secretText({
  expected: `the value of a header: one line of at most ${LONGEST_HEADER} characters that are in ASCII`,
  read: (text) => (text.length <= LONGEST_HEADER && /^[\x20-\x7E\t]*$/.test(text) ? text : undefined),
});

const body = secretText({
  expected: `a text of at most ${LONGEST_BODY} characters`,
  read: (text) => (text.length <= LONGEST_BODY ? text : undefined),
});

const absolutePath = secretText({
  expected: "the path of a file, which begins with /",
  read: (text) => (/^\/[^\p{Cc}]{1,1000}$/u.test(text) ? text : undefined),
  form: /^\//,
});

/** After the name of a header: its value is in the file of that path. */
const IN_FILE = "_file";

/** The header that a key under `headers` gives a value. */
function nameOf(key: string): string {
  return key.endsWith(IN_FILE) ? key.slice(0, -IN_FILE.length) : key;
}

/** True where two keys under `headers` are of the same header. */
export function isSameHeader(key: string, other: string): boolean {
  return nameOf(key).toLowerCase() === nameOf(other).toLowerCase();
}

/** What each request has, or what belongs to the connection. */
const OWN_HEADERS =
  /^(?:host|content-length|connection|keep-alive|proxy-.*|transfer-encoding|te|trailer|upgrade|http2-settings|expect|idempotency-key|shipbell-.*)$/i;

const NAME = /^[A-Za-z0-9-]{1,100}$/;

const A_MAP_OF_HEADERS = "must be a map of headers such as Accept: text/plain";

const READ_HEADERS = z
  .record(z.string(), z.unknown(), {
    error: ({ code, input }) =>
      code === "invalid_type"
        ? `${A_MAP_OF_HEADERS}, not ${typeof input === "string" ? "what is written" : shown(input)}`
        : undefined,
  })
  .transform((written, context): Readonly<Record<string, HeaderValue>> => {
    const read = new Map<string, HeaderValue>();
    const names = new Set<string>();
    for (const [key, value] of Object.entries(written)) {
      const name = nameOf(key);
      const isFile = name !== key;
      // A key without a value takes a default back.
      if (value === null && NAME.test(name)) continue;
      const wrong = wrongName(name, names);
      if (wrong !== undefined)
        context.issues.push({ code: "custom", input: key, path: [key], message: wrong, params: { on: "key" } });
      names.add(name.toLowerCase());
      if (wrong !== undefined) continue;
      const parsed = (isFile ? absolutePath : headerValue).safeParse(value);
      if (parsed.success) read.set(name, isFile ? { file: parsed.data } : { text: parsed.data });
      else
        for (const { message } of parsed.error.issues)
          context.issues.push({ code: "custom", input: value, path: [key], message });
    }
    if (names.size > MOST_HEADERS) {
      const message = `has ${names.size} headers; at most ${MOST_HEADERS} are allowed`;
      context.issues.push({ code: "custom", input: written, message });
    }
    return Object.fromEntries(read);
  });

const headers = written(READ_HEADERS, {
  is: {
    description: "Must be a map of headers; the value of NAME_file is the path of a file that has the value of NAME",
    type: "object",
    propertyNames: { pattern: "^[A-Za-z0-9-]{1,100}(_file)?$" },
    additionalProperties: { type: ["string", "number", "boolean", "null"] },
    maxProperties: MOST_HEADERS,
  },
});

function wrongName(name: string, others: ReadonlySet<string>): string | undefined {
  if (!NAME.test(name)) return "is no name of a header (letters, digits and -)";
  if (OWN_HEADERS.test(name)) return "is a header that shipbell sets itself";
  return others.has(name.toLowerCase()) ? "is a header that stands here twice" : undefined;
}

/** `204`, `200-299`. */
const statuses = scalar({
  expected: "a status from 200 to 599 such as 204, or a range of them such as 200-299",
  read: (text): StatusRange | undefined => {
    const [, from = "", to = from] = /^([2-5]\d\d)(?:\s*-\s*([2-5]\d\d))?$/.exec(text) ?? [];
    return from !== "" && from <= to ? { from: Number(from), to: Number(to) } : undefined;
  },
  hint: (text) => (/^[2-5]xx$/i.test(text) ? `write ${text[0]}00-${text[0]}99` : undefined),
  forms: [{ type: "integer", minimum: 200, maximum: 599 }, matching(/^[2-5]\d\d(\s*-\s*[2-5]\d\d)?$/)],
});

const httpKeys = {
  url,
  method: choice("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD").nullish(),
  headers: headers.nullish(),
  body: body.nullish(),
  expect: oneOrMore(statuses, "a status such as 204, a range such as 200-299, or a list of them").nullish(),
  ca_file: absolutePath.nullish(),
} satisfies Record<(typeof HTTP_KEYS)[number], z.ZodType>;

/** What `launch: http` cannot honour of the policies: it has no process. */
const {
  success_exit_codes: _codes,
  stop_grace_period: _grace,
  pending_timeout: _pending,
  node_grace: _node,
  nodes: _nodes,
  inputs: _inputs,
  ...requestPolicies
} = policyKeys;

/** A job with `launch: http`: the scheduler sends a request. */
export const httpSchema = z.strictObject({
  ...requestPolicies,
  ...tellingKeys,
  launch: choice("http"),
  // The address may be a secret, also where it stands in the wrong place.
  http: z.strictObject(httpKeys, {
    error: ({ code }) =>
      code === "invalid_type" ? "must be a map such as url: http://app:8080/tasks/clean" : undefined,
  }),
});

type HttpJobKeys = z.output<typeof httpSchema>;

const HTTP_JOB_KEYS: readonly string[] = Object.keys(httpSchema.shape);

/** Keys that mean nothing where a request is sent. */
export const NOT_FOR_HTTP: ReadonlySet<string> = new Set(
  [...JOB_KEYS, ...FOR_EXEC_ALONE.keys()].filter((key) => !HTTP_JOB_KEYS.includes(key)),
);

/** True for a job whose keys are read as those of `httpSchema`. */
export function isHttp({ launch }: Readonly<Record<string, unknown>>): boolean {
  return launch === "http";
}

const AN_HTTP_JOB: Checked = {
  above: [],
  known: (place) =>
    place === ""
      ? { allowed: HTTP_JOB_KEYS, unsupported: UNSUPPORTED_KEYS, inWords: HTTP_JOB_KEYS.join(", ") }
      : knownKeys(place),
};

/** Reads the keys of a job that `isHttp`. Keys are undefined where there is an issue. */
export function readHttpKeys(written: YamlMap): { readonly keys?: HttpJobKeys; readonly issues: readonly Issue[] } {
  const misplaced = Object.keys(written).filter((key) => NOT_FOR_HTTP.has(key));
  const parsed = httpSchema.safeParse(
    Object.fromEntries(Object.entries(written).filter(([key]) => !misplaced.includes(key))),
  );
  const issues = [
    ...misplaced.map(notForHttp),
    ...(parsed.success ? [] : explainSchemaIssues(parsed.error.issues, written, AN_HTTP_JOB)),
    ...(parsed.success ? checkRequest(parsed.data.http) : []),
  ];
  return parsed.success && issues.length === 0 ? { keys: parsed.data, issues } : { issues };
}

const INSTEAD: Readonly<Record<string, string>> = {
  environment: "variables of the scheduler may stand in url, headers and body; leave environment out",
  env_file: "variables of the scheduler may stand in url, headers and body; leave env_file out",
  inputs: "leave inputs out; each choice can be a job of its own",
  secrets: "write headers: { Authorization_file: /run/secrets/token } under http",
  success_exit_codes: "http.expect says which statuses are a success",
  command: "write url, method and body under http, or leave launch out for a container of the job's own",
};

function notForHttp(key: string): Issue {
  const message = `${key} cannot be honoured with launch: http: the scheduler sends a request, and nothing is run`;
  return { path: [key], on: "key", message, hint: INSTEAD[key] ?? `leave ${key} out` };
}

const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD"]);

function checkRequest({ url, method, body, ca_file }: HttpJobKeys["http"]): Issue[] {
  const bodiless = body != null && method != null && WITHOUT_BODY.has(method);
  const useless = ca_file != null && url.startsWith("http:");
  return [
    ...(bodiless
      ? [wrong("body", `http.body cannot be sent with method ${method}`, "leave body out, or write method: POST")]
      : []),
    ...(useless
      ? [wrong("ca_file", "http.ca_file says nothing of an http: address", "write url: https://…, or leave it out")]
      : []),
  ];
}

function wrong(key: string, message: string, hint: string): Issue {
  return { path: ["http", key], on: "key", message, hint };
}

/** Several schedulers work on a Swarm, and none of them can see what another one has sent. */
export function noHttpInSwarm(): Issue {
  const message = "launch: http cannot be honoured: on a Swarm, a scheduler cannot see the requests of another one";
  const hint =
    "let a container send it, such as image: curlimages/curl with command: --fail-with-body http://app:8080/…";
  return { path: ["launch"], on: "value", message, hint };
}

/** A request that is never answered must end. */
const DEFAULT_TIMEOUT_MS = 300_000;

/** Returns the keys with the timeout that a request has where they name none. */
export function withTimeout<Keys extends Pick<HttpJobKeys, "timeout">>(keys: Keys): Keys {
  return { ...keys, timeout: keys.timeout ?? DEFAULT_TIMEOUT_MS };
}

const SUCCESS: readonly StatusRange[] = [{ from: 200, to: 299 }];

export function makeHttp({ http }: HttpJobKeys): HttpTemplate {
  const { url, method, headers, body, expect, ca_file } = http;
  return {
    kind: "http",
    url,
    method: method ?? (body == null ? "GET" : "POST"),
    headers: headers ?? {},
    ...given("body", body),
    expect: expect ?? SUCCESS,
    ...given("caFile", ca_file),
  };
}
