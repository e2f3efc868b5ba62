/**
 * Makes the document of the JSON API from its routes and shapes. Run as a program, it writes `schema/openapi.json`, and what
 * else is published of the shapes: `schema/notice.schema.json`.
 */
import { writeFileSync } from "node:fs";
import { STATUS_CODES } from "node:http";
import * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from "zod-openapi";
import type { AnswerDoc, ApiRoute } from "./src/http/api/api-route.ts";
import { faultShape } from "./src/http/api/fault-problem.ts";
import { outputLine } from "./src/http/api/output.ts";
import { apiRoutes } from "./src/http/api/routes.ts";
import { FAULT_STATUS, type FaultCode } from "./src/http/fault.ts";
import { noticeSchema } from "./src/view/notice/notice-schema.ts";

type Document = ReturnType<typeof createDocument>;

/** As `schema/openapi.json` has it. */
export function openApiText(): string {
  return `${JSON.stringify(withoutLimits(strictDocument()), null, 2)}\n`;
}

/** The document in which answers have no other keys than those that are described. Within v1, keys are added. */
export function strictDocument(): Document {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of apiRoutes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return createDocument({
    openapi: "3.1.1",
    info: {
      title: "shipbell",
      version: "1",
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "../..", description: "The scheduler that served this document" }],
    security: [{}, { password: [] }, { token: [] }],
    paths,
    components: {
      schemas: { OutputLine: outputLine },
      securitySchemes: {
        password: { type: "http", scheme: "basic" },
        token: { type: "http", scheme: "bearer" },
      },
    },
  });
}

const DESCRIPTION =
  "See and steer a shipbell scheduler. Within version 1 keys, words and addresses are only added: readers pass over what they " +
  "do not know. What a caller may see depends on its role: none, status, read, operate, each with all that the one before it may.";

function operationOf({ method, path, role, doc }: ApiRoute): ZodOpenApiOperationObject {
  const { summary, description, query, headers, body, bodyType } = doc;
  const params = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const named = z.object(Object.fromEntries(params.map((name) => [name, paramOf(name)])));
  return {
    summary,
    description: [description, `Role: ${role}.`].filter(Boolean).join(" "),
    operationId: idOf(method, path),
    requestParams: {
      ...(params.length > 0 && { path: named }),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    ...(body && { requestBody: { content: { "application/json": { schema: body } } } }),
    ...(bodyType && { requestBody: { required: true, content: { [bodyType]: { schema: z.string() } } } }),
    responses: { ...answersOf(doc.answers), ...faultsOf({ method, path, role, doc }) },
  } as ZodOpenApiOperationObject;
}

/** What the router takes for a name; anything else is no address of ours. */
function paramOf(name: string): z.ZodType {
  return z
    .string()
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}$/)
    .meta({ description: name === "job" ? "The name of a job" : "The ID of a run" });
}

/** `GET /api/v1/jobs/:job/runs` is `getJobsJobRuns`. */
function idOf(method: string, path: string): string {
  const words = path
    .replace("/api/v1/", "")
    .split(/[/:.]+/)
    .filter(Boolean);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return `${method.toLowerCase()}${name || "Overview"}`;
}

function answersOf(answers: Readonly<Record<number, AnswerDoc>>): Record<string, ZodOpenApiResponseObject> {
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)]));
}

function answerOf({ description, shape, contentTypes = [], headers }: AnswerDoc): ZodOpenApiResponseObject {
  const content = shape ? { "application/json": { schema: shape } } : undefined;
  const others = contentTypes.map((type) => [type, { schema: type === "application/json" ? z.unknown() : z.string() }]);
  const named = Object.entries(headers ?? {}).map(([name, text]) => [
    name,
    { description: text, schema: { type: "string" } },
  ]);
  return {
    description,
    ...(content && { content }),
    ...(others.length > 0 && { content: Object.fromEntries(others) }),
    ...(named.length > 0 && { headers: Object.fromEntries(named) }),
  } as ZodOpenApiResponseObject;
}

/** What may happen at every address. */
const EVERYWHERE: readonly FaultCode[] = [
  "bad-request",
  "not-signed-in",
  "not-yours",
  "no-such-address",
  "method-not-allowed",
  "wrong-host",
  "too-many-tries",
  "bug",
];
const WITH_BODY: readonly FaultCode[] = ["cross-origin", "too-slow", "too-large", "unsupported-type"];
const OF_STREAMS: readonly FaultCode[] = ["too-many-streams"];

function faultsOf({ method, doc }: Pick<ApiRoute, "method" | "path" | "role" | "doc">) {
  const isStream = Object.values(doc.answers).some(({ contentTypes = [] }) =>
    contentTypes.includes("text/event-stream"),
  );
  const codes = new Set([
    ...EVERYWHERE,
    ...(method === "POST" ? WITH_BODY : []),
    ...(isStream ? OF_STREAMS : []),
    ...(doc.faults ?? []),
  ]);
  const byStatus = Map.groupBy([...codes].sort(), (code) => FAULT_STATUS[code]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: `${STATUS_CODES[status]}: ${codes.join(", ")}`,
        content: { "application/problem+json": { schema: faultShape } },
      },
    ]),
  );
}

/** Readers are to pass over keys that they do not know, so the document forbids none in answers. */
function withoutLimits(document: Document): unknown {
  const bodies = new Set(Object.values(document.paths ?? {}).flatMap((path) => Object.values(path ?? {})));
  const walk = (value: unknown, isGiven: boolean): unknown => {
    if (Array.isArray(value)) return value.map((each) => walk(each, isGiven));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value)
      .filter(([key, inner]) => isGiven || !(key === "additionalProperties" && inner === false))
      .map(([key, inner]) => [key, walk(inner, isGiven || (bodies.has(value as never) && key === "requestBody"))]);
    return Object.fromEntries(entries);
  };
  return walk(document, false);
}

if (import.meta.main) {
  writeFileSync("schema/openapi.json", openApiText());
  writeFileSync("schema/notice.schema.json", `${JSON.stringify(noticeSchema(), null, 2)}\n`);
}
