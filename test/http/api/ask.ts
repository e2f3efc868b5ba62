import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import { strictDocument } from "../../../openapi.ts";
import { faultProblem } from "../../../src/http/api/fault-problem.ts";
import { apiRoutes } from "../../../src/http/api/routes.ts";
import { Fault } from "../../../src/http/fault.ts";
import { type Body, type Caller, type Deed, ROLES, type Role } from "../../../src/http/route.ts";
import { findRoute, readAddress, rootOf } from "../../../src/http/router.ts";
import type { World } from "../../../src/http/world.ts";

export interface Asking {
  readonly role?: Role;
  readonly jobs?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly gone?: AbortSignal;
}

export interface Asked {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly json: any;
  readonly deeds: readonly Deed[];
}

/** Sends a request to the API as the router does, and holds the answer to what the document says of it. */
export async function ask(world: World, line: string, asking: Asking = {}): Promise<Asked> {
  const [method = "", target = ""] = line.split(" ");
  const address = readAddress(target);
  const deeds: Deed[] = [];
  const { answer, path } = await answerTo(world, { method, ...address }, { asking, deeds });
  const text = typeof answer.body === "string" ? answer.body : await collect(answer.body);
  const asked: Asked = {
    status: answer.status,
    type: answer.contentType,
    headers: answer.headers ?? {},
    text,
    json: answer.contentType.includes("json") && !answer.contentType.includes("ndjson") ? JSON.parse(text) : undefined,
    deeds,
  };
  if (path !== undefined) expectDocumented(method, path, asked);
  return asked;
}

interface Target {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

interface Trace {
  readonly asking: Asking;
  readonly deeds: Deed[];
}

async function answerTo(world: World, target: Target, { asking, deeds }: Trace) {
  let path: string | undefined;
  try {
    const match = findRoute(apiRoutes, target.method, target);
    if (match.kind === "moved") throw new Error(`moved to ${match.location}`);
    const { route, params } = match;
    path = route.path;
    const { role = "operate", jobs, headers = {}, gone = new AbortController().signal } = asking;
    const caller: Caller = { role, name: "ada", ...(jobs && { jobs }) };
    if (ROLES.indexOf(role) < ROLES.indexOf(route.role))
      throw new Fault("not-yours", `This needs the role ${route.role}.`);
    const answer = await route.answer(
      {
        params,
        query: target.query,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
        caller,
        by: { via: asking.form === undefined ? "api" : "page", name: "ada" },
        noteAsked: (deed) => void deeds.push(deed),
        root: rootOf(target.path),
        body: async () => bodyOf(asking),
        gone,
      },
      world,
    );
    return { answer, path };
  } catch (error) {
    if (error instanceof Fault) return { answer: faultProblem(error), path };
    throw error;
  }
}

function bodyOf({ json, form, text }: Asking): Body {
  if (form !== undefined) return { kind: "form", fields: new URLSearchParams(form) };
  if (text !== undefined) return { kind: "text", text };
  return json === undefined ? { kind: "none" } : { kind: "json", value: json };
}

async function collect(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

let compiled: { readonly document: ReturnType<typeof strictDocument>; readonly ajv: Ajv2020 } | undefined;

/** The status is in the document, and so is every key of the answer. */
export function expectDocumented(
  method: string,
  path: string,
  { status, type, json }: Pick<Asked, "status" | "type" | "json">,
): void {
  compiled ??= compile();
  const { document, ajv } = compiled;
  const pointer = path.replaceAll(/:(\w+)/g, "{$1}");
  const operation = document.paths?.[pointer]?.[method.toLowerCase() as "get"];
  const answer = operation?.responses?.[status] as { content?: Record<string, object> } | undefined;
  expect(answer, `${method} ${path} answers ${status}, which is not in the document`).toBeDefined();
  const [plain = ""] = type.split(";");
  expect(Object.keys(answer?.content ?? {})).toContain(plain);
  if (json === undefined || path.endsWith("openapi.json")) return;
  const place = ["paths", pointer, method.toLowerCase(), "responses", String(status), "content", plain, "schema"];
  const validate = ajv.compile({ $ref: `api#/${place.map(escapePointer).join("/")}` });
  expect(validate(json) ? [] : validate.errors, `${method} ${path}: ${JSON.stringify(json)}`).toEqual([]);
}

function compile() {
  const document = strictDocument();
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ ...document, $id: "api" } as object);
  return { document, ajv };
}

function escapePointer(word: string): string {
  return encodeURIComponent(word.replaceAll("~", "~0").replaceAll("/", "~1"));
}
