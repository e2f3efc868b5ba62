import type { IncomingHttpHeaders } from "node:http";
import * as z from "zod";
import { Fault } from "../fault.ts";
import type { RouteRequest } from "../route.ts";

/**
 * Reads what follows the `?` of an address. A name that comes twice has its first value; names that are not known are passed
 * over, so that a client of a newer version is answered.
 *
 * @throws Fault `bad-request` that names what is wrong, and what is allowed.
 */
export function readQuery<T extends z.ZodObject>(schema: T, query: URLSearchParams): z.output<T> {
  const given = Object.keys(schema.shape).flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const read = schema.safeParse(Object.fromEntries(given));
  if (read.success) return read.data;
  throw new Fault("bad-request", whatIsWrong(read.error, "?"));
}

/**
 * Reads a body of JSON. A request without a body gives nothing.
 *
 * @throws Fault `bad-request` that names what is wrong; `unsupported-type`; what `RouteRequest.body` throws.
 */
export async function readBody<T extends z.ZodObject>(
  schema: T,
  request: Pick<RouteRequest, "body">,
): Promise<z.output<T>> {
  const body = await request.body();
  if (body.kind !== "json" && body.kind !== "none")
    throw new Fault("unsupported-type", "A body is application/json here.");
  const read = schema.safeParse(body.kind === "json" ? body.value : {});
  if (read.success) return read.data;
  throw new Fault("bad-request", whatIsWrong(read.error, ""));
}

function whatIsWrong({ issues }: z.ZodError, before: string): string {
  const [issue] = issues;
  if (issue === undefined) return "The request is not understood.";
  const place = issue.path.map(String).join(".");
  const what = place === "" ? "The body" : `${before}${place}`;
  return `${what}: ${issue.message}.`;
}

/** The first value of a header. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** `60`, `60s`, `5m`: a duration in milliseconds. */
export const duration = z
  .string()
  .regex(/^\d{1,4}(s|m)?$/, "must be a duration such as 60s or 5m")
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith("m") ? 60_000 : 1000));

export const moment = z.iso
  .datetime({ offset: true, error: "must be an instant such as 2026-11-18T03:00:00Z" })
  .transform((text) => new Date(text));

const MOST_ITEMS = 500;
/** How many there are in an answer, unless another number is asked for. */
export const ITEMS = 100;

/** How many there are in an answer. */
export const limit = z
  .string()
  .refine((text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_ITEMS, {
    error: `must be a number from 1 to ${MOST_ITEMS}`,
  })
  .transform(Number)
  .meta({ override: { type: "integer", minimum: 1, maximum: MOST_ITEMS, default: ITEMS } });

export const flag = z
  .enum(["0", "1", "true", "false"], { error: "must be 1 or 0" })
  .transform((text) => text === "1" || text === "true");

/** The ETag of a job, or several of them, or any. */
export const ifMatch = z.string().meta({
  override: { type: "string", pattern: '^(\\*|"[0-9a-f]{16}"(, ?"[0-9a-f]{16}")*)$' },
  example: '"9f3c52d17ab04e86"',
});
