import * as z from "zod";
import { declarationSchemas } from "../compose/declarations.ts";
import { jobSchema } from "../compose-form.ts";
import { execSchema } from "../exec-form.ts";
import { httpSchema } from "../http-form.ts";
import { tellingKeys } from "../telling.ts";
import { type JsonSchema, WITH_VARIABLE_DEF, type Written } from "../values/fields.ts";
import { JOB_NAME } from "../values/job-name.ts";
import { slots } from "./read-pools.ts";
import { triggersSchema } from "./triggers.ts";

/** Allows keys of the user's own (`x-…`) in these maps. */
const withExtensions = <T extends z.ZodType>(schema: T): T => schema.meta({ extensions: true }) as T;

/** What a job of a Compose file has, or may have next to `triggers`. */
const composeKeys = {
  triggers: triggersSchema.nullish(),
  depends_on: z.unknown().optional(),
  profiles: z.unknown().optional(),
  build: z.unknown().optional(),
};

/** The keys of a job with a container of its own. Missing ones may be among the defaults of its file. */
const keys = withExtensions(jobSchema.partial().extend(composeKeys)).meta({ id: "job" });

/** The keys of a job whose command runs in an existing container. */
const execKeys = withExtensions(execSchema.partial().extend({ triggers: triggersSchema.nullish() })).meta({
  id: "exec-job",
});

/** The keys of a job that sends a request. */
const httpKeys = withExtensions(
  httpSchema.partial().extend({ http: httpSchema.shape.http.partial().nullish(), triggers: triggersSchema.nullish() }),
).meta({ id: "http-job" });

const named = <T extends z.ZodType>(schema: T) => z.record(z.string(), schema).nullish();

const POOL_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** What stands at the top of a Compose file and says nothing here. */
const COMPOSE_TOP = ["name", "services", "version", "include", "models"] as const;

const file = withExtensions(
  z.strictObject({
    jobs: z.record(z.string(), z.union([keys, execKeys, httpKeys])),
    defaults: z.unknown().optional(),
    notify: tellingKeys.notify,
    pools: z.record(z.string().regex(POOL_NAME), slots).nullish(),
    volumes: named(declarationSchemas.volumes),
    networks: named(declarationSchemas.networks),
    secrets: named(declarationSchemas.secrets),
    configs: named(declarationSchemas.configs),
    ...Object.fromEntries(COMPOSE_TOP.map((key) => [key, z.unknown().optional()])),
  }),
);

const launches = (...words: readonly (string | null)[]): JsonSchema => ({
  type: "object",
  properties: { launch: { enum: words } },
  required: ["launch"],
});
const IS_EXEC = launches("exec");
const IS_HTTP = launches("http");

const JOB: JsonSchema = { $ref: "#/$defs/job" };
const EXEC_JOB: JsonSchema = { $ref: "#/$defs/exec-job" };
const HTTP_JOB: JsonSchema = { $ref: "#/$defs/http-job" };

const jobsAre = (job: JsonSchema): JsonSchema => ({
  properties: { jobs: { type: "object", additionalProperties: job } },
});

/** Defaults may be for jobs of any kind. */
const DEFAULTS: JsonSchema = {
  type: ["object", "null"],
  properties: Object.fromEntries([
    ...Object.keys(httpSchema.shape).map((key) => [key, { $ref: `${HTTP_JOB.$ref}/properties/${key}` }]),
    ...Object.keys(execSchema.shape).map((key) => [key, { $ref: `${EXEC_JOB.$ref}/properties/${key}` }]),
    ...Object.keys(jobSchema.shape).map((key) => [key, { $ref: `${JOB.$ref}/properties/${key}` }]),
  ]),
  additionalProperties: false,
  patternProperties: { "^x-": {} },
};

/** `launch`, of the job or of the defaults, says which kind a job is, so that an editor knows which keys to offer. */
const EACH_JOB = either(
  defaultsAre(IS_EXEC),
  jobsAre(byLaunch(EXEC_JOB)),
  either(defaultsAre(IS_HTTP), jobsAre(byLaunch(HTTP_JOB)), jobsAre(byLaunch(JOB))),
);

/** `otherwise`: where the job itself does not say it. */
function byLaunch(otherwise: JsonSchema): JsonSchema {
  const other = either(IS_EXEC, EXEC_JOB, either(IS_HTTP, HTTP_JOB, otherwise));
  return either(launches("run", null), JOB, other);
}

function defaultsAre(schema: JsonSchema): JsonSchema {
  return { type: "object", properties: { defaults: schema }, required: ["defaults"] };
}

function needs(...keys: readonly string[]): JsonSchema {
  return { type: "object", properties: Object.fromEntries(keys.map((key) => [key, true])), required: keys };
}

/** A job without a schedule has `after`, or inputs: people start it. `triggers` say either. */
const COMPLETE: JsonSchema = {
  allOf: [
    { anyOf: [needs("schedule"), needs("after"), needs("inputs"), needs("triggers")] },
    either(
      IS_EXEC,
      needs("command"),
      either(IS_HTTP, { type: "object", properties: { http: needs("url") }, required: ["http"] }, needs("image")),
    ),
  ],
};

/** Compose's own keys stand at the top of a file with a job that has `triggers`. */
const COMPOSE_ALONE: JsonSchema = {
  anyOf: [
    hasNone(...COMPOSE_TOP),
    { type: "object", properties: { defaults: needs("triggers") }, required: ["defaults"] },
    { properties: { jobs: { not: { type: "object", additionalProperties: { not: needs("triggers") } } } } },
  ],
};

function hasNone(...keys: readonly string[]): JsonSchema {
  return { not: { anyOf: keys.map((key) => needs(key)) } };
}

function either(isOne: JsonSchema, one: JsonSchema, other: JsonSchema): JsonSchema {
  return { anyOf: [{ allOf: [isOne, one] }, { allOf: [{ not: isOne }, other] }] };
}

/** In a file without defaults, each job has all required keys itself. */
const COMPLETE_JOBS: JsonSchema = {
  if: { type: "object", properties: { defaults: true }, required: ["defaults"] },
  else: jobsAre(COMPLETE),
};

/**
 * Returns the JSON Schema of a schedule file, made from the schemas of the parser: for editors, and for programs that write
 * such files. It does not cover checks that need several keys, a calendar or the file system.
 */
export function fileJsonSchema(): JsonSchema {
  const { $schema, $defs, ...schema } = z.toJSONSchema(file, { io: "input", unrepresentable: "any", override });
  return {
    $schema,
    title: "Schedule file of shipbell",
    ...schema,
    ...withPropertyNames(schema),
    allOf: [EACH_JOB, COMPLETE_JOBS, COMPOSE_ALONE],
    $defs: { ...($defs as object), withVariable: WITH_VARIABLE_DEF },
  };
}

function withPropertyNames({ properties }: JsonSchema): JsonSchema {
  const { jobs, ...others } = properties as Record<string, JsonSchema>;
  return {
    properties: {
      jobs: {
        ...jobs,
        additionalProperties: { anyOf: [JOB, EXEC_JOB, HTTP_JOB] },
        propertyNames: { type: "string", pattern: JOB_NAME.source, maxLength: 63 },
      },
      ...others,
      defaults: DEFAULTS,
    },
  };
}

interface Overridden {
  readonly jsonSchema: Record<string, unknown>;
  readonly path: readonly (string | number)[];
}

/** Replaces what zod makes of a schema by what the schema says of itself. */
function override({ jsonSchema, path }: Overridden): void {
  const { written, extensions } = jsonSchema as { readonly written?: Written; readonly extensions?: boolean };
  delete jsonSchema.written;
  delete jsonSchema.extensions;
  // The name of a definition would be copied into it.
  delete jsonSchema.id;
  if (extensions) jsonSchema.patternProperties = { "^x-": {} };
  if (written?.is !== undefined) replace(jsonSchema, written.is);
  else if (jsonSchema.type === "string" && path.at(-1) !== "propertyNames")
    jsonSchema.type = ["string", "number", "boolean"];
  if (written?.orOne) replace(jsonSchema, { anyOf: [jsonSchema.items, { ...jsonSchema }] });
  if (written?.or !== undefined) replace(jsonSchema, { anyOf: [{ ...jsonSchema }, written.or] });
}

function replace(jsonSchema: Record<string, unknown>, by: JsonSchema): void {
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  Object.assign(jsonSchema, by);
}
