import type * as z from "zod";
import type { FaultCode } from "../fault.ts";
import type { Route } from "../route.ts";

/** A route of the API, with what its document says of it. */
export interface ApiRoute extends Route {
  readonly doc: RouteDoc;
}

export interface RouteDoc {
  /** A noun phrase. */
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** JSON of this shape. */
  readonly body?: z.ZodObject;
  /** A text of this type instead. */
  readonly bodyType?: string;
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Those of its own: what every route can answer is added. */
  readonly faults?: readonly FaultCode[];
}

export interface AnswerDoc {
  readonly description: string;
  /** Of JSON. */
  readonly shape?: z.ZodType;
  /** Of anything else. */
  readonly contentTypes?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

export const API = "/api/v1";
