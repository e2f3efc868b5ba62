import * as z from "zod";
import type { SourceName } from "../../job/job.ts";
import { type Problem, REFUSAL_REASONS } from "../../job/problem.ts";
import type { ViewProblem } from "../scheduler/scheduler-view.ts";
import { openWord } from "./shape.ts";

const severity = z.enum(["error", "warning"]);

/** A problem of a definition, of a job, or of the scheduler. */
export const problemShape = z
  .object({
    severity,
    source: openWord<SourceName | "scheduler">("files, services, containers, or scheduler"),
    job: z.exactOptional(z.string()).meta({ description: "Where it concerns one job whose definition is right." }),
    at: z.string().meta({ description: "The place: a file with line and column, an object with a label." }),
    message: z.exactOptional(z.string()).meta({ description: "What is wrong. Role read: it may quote a definition." }),
    hint: z.exactOptional(z.string()).meta({ description: "What to write instead. Role read." }),
    refused: z.exactOptional(z.enum(REFUSAL_REASONS)).meta({ description: "Why labels are not followed." }),
  })
  .meta({ id: "Problem" });
export type ProblemShape = z.infer<typeof problemShape>;

export function shapeProblem({ source, at, message, hint, severity, refused, job }: ViewProblem): ProblemShape {
  return {
    severity: severity ?? "error",
    source,
    ...(job !== undefined && { job }),
    at,
    message,
    ...(hint !== undefined && { hint }),
    ...(refused !== undefined && { refused }),
  };
}

/** For those who may not read definitions: a message may quote one. */
export function withoutMessage({ message: _message, hint: _hint, ...problem }: ProblemShape): ProblemShape {
  return problem;
}

/** A problem of a schedule file that is checked. */
export const checkProblemShape = z
  .object({
    severity,
    at: z.string().meta({ description: "file:line:column" }),
    file: z.string(),
    line: z.exactOptional(z.number().int()),
    column: z.exactOptional(z.number().int()),
    message: z.string(),
    hint: z.exactOptional(z.string()),
  })
  .meta({ id: "CheckProblem" });
export type CheckProblemShape = z.infer<typeof checkProblemShape>;

/** With file, line and column apart. */
export function shapeCheckProblem({ at, message, hint, severity = "error" }: Checkable): CheckProblemShape {
  const [, file = at, line, column] = /^(.+):(\d+):(\d+)$/.exec(at) ?? [];
  const place = line === undefined ? {} : { line: Number(line), column: Number(column) };
  return { severity, at, file, ...place, message, ...(hint !== undefined && { hint }) };
}

type Checkable = Omit<Problem, "severity"> & { readonly severity?: "error" | "warning" };
