import * as z from "zod";
import type { Job, SourceName, Template } from "../../job/job.ts";
import { requestInWords, statusesInWords } from "../words/http.ts";
import { list, openWord } from "./shape.ts";

const names = list(z.string());

/** What runs, and under which policies. Of variables there are the names only: values are never shown. */
export const definitionShape = z
  .object({
    hash: z.string().meta({ description: "Changes when anything of the definition does, but for where it stands." }),
    source: openWord<SourceName>("files, services or containers"),
    at: z.string().meta({ description: "Where it is declared." }),
    translated: z
      .exactOptional(z.object({ from: z.string(), native: z.string() }))
      .meta({ description: "The scheduler whose labels declare it, and how they are written in words of shipbell." }),
    kind: z.enum(["compose", "clone", "exec", "http"]).meta({
      description:
        "compose: a container of its own; clone: a copy of a labelled object; exec: a command in a container; http: a request.",
    }),
    image: z.exactOptional(z.string()),
    of: z
      .exactOptional(z.string())
      .meta({ description: "The object that is copied, or whose container the command is run in." }),
    command: z.exactOptional(names),
    entrypoint: z.exactOptional(names),
    user: z.exactOptional(z.string()),
    workingDir: z.exactOptional(z.string()),
    environment: z.exactOptional(names).meta({ description: "Names of variables." }),
    volumes: z.exactOptional(names).meta({ description: "source:target, with :ro where that is all." }),
    networks: z.exactOptional(names),
    secrets: z.exactOptional(names).meta({ description: "Names." }),
    configs: z.exactOptional(names).meta({ description: "Names." }),
    constraints: z.exactOptional(names),
    request: z
      .exactOptional(z.string())
      .meta({ description: "Of http: method and host. Path, query, values of headers and body are never shown." }),
    headers: z.exactOptional(names).meta({ description: "Names." }),
    expect: z.exactOptional(z.string()).meta({ description: "The statuses that are a success." }),
    policies: z.object({
      overlap: z.enum(["forbid", "allow", "replace", "queue"]),
      queueLimit: z.number().int(),
      catchUp: z.enum(["last", "all", "none"]),
      catchUpLimit: z.number().int(),
      startingDeadlineMs: z.exactOptional(z.number().int()),
      timeoutMs: z.exactOptional(z.number().int()),
      pendingTimeoutMs: z.number().int(),
      stopGracePeriodMs: z.number().int(),
      successExitCodes: list(z.number().int()),
      pool: z.exactOptional(z.string()).meta({ description: "The pool of which each attempt takes a slot." }),
      retries: z.exactOptional(
        z.object({
          limit: z.number().int(),
          delayMs: z.number().int(),
          maxDelayMs: z.number().int(),
          on: list(z.union([z.enum(["failed", "rejected", "timed-out", "lost"]), z.number().int()])),
        }),
      ),
      history: z.object({ succeeded: z.number().int(), failed: z.number().int() }),
    }),
  })
  .meta({ id: "Definition" });
type DefinitionShape = z.infer<typeof definitionShape>;

export function shapeDefinition({ hash, origin, template, policies }: Job): DefinitionShape {
  const { overlap, queueLimit, catchUp, catchUpLimit, startingDeadlineMs, history, run } = policies;
  const { timeoutMs, pendingTimeoutMs, stopGracePeriodMs, successExitCodes, retries, pool } = run;
  return {
    hash,
    source: origin.source,
    at: origin.at,
    ...(origin.translated && { translated: origin.translated }),
    ...shapeTemplate(template),
    policies: {
      overlap,
      queueLimit,
      catchUp,
      catchUpLimit,
      ...(startingDeadlineMs !== undefined && { startingDeadlineMs }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      pendingTimeoutMs,
      stopGracePeriodMs,
      successExitCodes,
      ...(pool !== undefined && { pool }),
      ...(retries && { retries }),
      history,
    },
  };
}

function shapeTemplate(
  template: Template,
): Omit<DefinitionShape, "hash" | "source" | "at" | "translated" | "policies"> {
  if (template.kind === "http")
    return {
      kind: "http",
      request: requestInWords(template),
      headers: Object.keys(template.headers),
      expect: statusesInWords(template),
    };
  const { kind, command, environment, user, workingDir } = template;
  const process = {
    kind,
    ...(command && { command }),
    ...("entrypoint" in template && template.entrypoint && { entrypoint: template.entrypoint }),
    ...(user !== undefined && { user }),
    ...(workingDir !== undefined && { workingDir }),
    ...(environment && { environment: Object.keys(environment) }),
  };
  switch (template.kind) {
    case "clone":
      return { ...process, of: `${template.of.kind} ${template.of.name}` };
    case "exec":
      return { ...process, of: targetOf(template) };
    case "compose":
      return {
        ...process,
        image: template.image,
        volumes: template.volumes.map(({ source, target, readOnly }) =>
          [source, target, readOnly ? "ro" : undefined].filter((part) => part !== undefined).join(":"),
        ),
        networks: template.networks,
        secrets: template.secrets.map(({ source }) => source),
        configs: template.configs.map(({ source }) => source),
        constraints: template.placement.constraints,
      };
  }
}

function targetOf({ within: { container, compose } }: Extract<Template, { kind: "exec" }>): string {
  if (container !== undefined) return `container ${container}`;
  const { service = "", project, number } = compose ?? {};
  return `Compose service ${[project, service, number].filter((part) => part !== undefined).join("_")}`;
}
