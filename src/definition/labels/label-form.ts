import * as z from "zod";
import type { CloneTemplate, ExecTemplate } from "../../job/job.ts";
import { isWarning } from "../../job/problem.ts";
import { someCommand } from "../compose/command.ts";
import { environment } from "../compose/environment.ts";
import { processKeys } from "../compose/process.ts";
import { refuseNodesOfContainers } from "../each-node.ts";
import { refuseDateFiles } from "../exclusions.ts";
import { makeExecIn, noExecInSwarm, notForExec } from "../exec-form.ts";
import { isHttp } from "../http-form.ts";
import { policyKeys } from "../policies.ts";
import type { Form, FormReading, JobEntry } from "../read-job.ts";
import { explainSchemaIssues } from "../schema-issues.ts";
import { labelTellingKeys } from "../telling.ts";
import { textsOf } from "../values/assignments.ts";
import { choice } from "../values/fields.ts";
import { given } from "../values/given.ts";
import type { Issue } from "../values/issue.ts";
import type { LabelledObject } from "./labelled-object.ts";
import { explainUser, mayRunAs } from "./refusal.ts";

type Written = JobEntry["written"];

const labelKeys = {
  launch: choice("run", "exec").nullish(),
  command: someCommand.nullish(),
  entrypoint: someCommand.nullish(),
  environment: environment.nullish(),
  ...processKeys,
};

/**
 * A job in labels. Its template is the labelled object: a label changes only what gives no more rights than the object
 * has. Or, with `launch: exec`, its command runs in the object.
 */
const labelSchema = z.strictObject({ ...policyKeys, ...labelTellingKeys, ...labelKeys });

/** The keys that say which process is run; the others say when, and under which policies. */
export const processSchema = z.strictObject(labelKeys);

type LabelKeys = z.output<typeof labelSchema>;

export const LABEL_KEYS: readonly string[] = Object.keys(labelSchema.shape);

/** Reads what is run from labels: a copy of their object, or with `launch: exec` a command in it. */
export function labelForm(
  object: LabelledObject,
  written: Written,
  { secondCopy, isForeign = false }: { readonly secondCopy?: Issue | undefined; readonly isForeign?: boolean },
): Form {
  const launch = saysExec(written) ? "exec" : "run";
  return {
    launch,
    objectPolicies: {
      // The object's own is for its own process, not for a command that runs next to it.
      ...given("stopGracePeriodMs", launch === "exec" ? undefined : object.stopGracePeriodMs),
      // A network or volume that its run keeps in use would hold up the removal of the stack.
      ...(object.kind === "service" && { endsWithTemplate: true }),
    },
    ...given("constraints", object.constraints),
    read: () => {
      // What other schedulers start for a service with several tasks, their translation says.
      const wrongObject = secondCopy === undefined ? (isForeign ? [] : oneOfMany(written, object)) : [secondCopy];
      return readKeys(written, object, wrongObject);
    },
  };
}

/** Labels are read before they are known to be valid. */
function saysExec({ launch }: Written): boolean {
  return launch === "exec";
}

function readKeys(written: Written, object: LabelledObject, wrongObject: readonly Issue[]): FormReading {
  if (isHttp(written)) return { issues: [NO_HTTP] };
  const parsed = labelSchema.safeParse(written);
  const issues = [
    ...(parsed.success ? [] : explainSchemaIssues(parsed.error.issues, written)),
    ...checkExec(written, object),
    ...(object.kind === "container" ? refuseNodesOfContainers(written) : []),
    ...wrongObject,
    ...otherUser(written, object),
    ...(parsed.success ? refuseDateFiles(parsed.data) : []),
  ];
  if (!parsed.success || !issues.every(isWarning)) return { issues };
  return { issues, valid: { policies: parsed.data, template: makeLabelledTemplate(parsed.data, object) } };
}

/** A label would choose where the scheduler connects to: promise 7. */
const NO_HTTP: Issue = {
  path: ["launch"],
  on: "value",
  message: "launch: http is not for labels: the scheduler would send the request itself, from its own networks",
  hint: "declare the job in a schedule file, or send the request with launch: exec from inside of the container",
  refused: "asks-for-more",
};

function checkExec(written: Written, { kind }: LabelledObject): Issue[] {
  if (!saysExec(written)) return [];
  if (kind === "service")
    return [noExecInSwarm("leave it out: the run is then a copy of the service, with that command")];
  const misplaced = ["entrypoint", "stop_signal", "init"].filter((key) => key in written).map(notForExec);
  if ("command" in written || !("schedule" in written)) return misplaced;
  const message = "launch: exec does not say which command is to run in the container";
  return [...misplaced, { path: ["launch"], on: "value", message, hint: "add the label command, too" }];
}

/** Finds a job that would start a second copy of a process that is running already. */
export function findSecondCopy(
  written: Written,
  { kind, running }: Pick<LabelledObject, "kind" | "running">,
  prefix: string,
): Issue | undefined {
  const hasOwnProcess = "command" in written || "entrypoint" in written || saysExec(written);
  if (!running || hasOwnProcess || !("schedule" in written)) return undefined;
  const message = `this ${kind} is running, and a job without a command of its own would start a second copy of it`;
  const inert =
    kind === "service"
      ? "give the service replicas: 0, in mode replicated"
      : "create the container without starting it";
  const hint = `say what to run with ${prefix}command, or ${inert}`;
  return { path: ["schedule"], on: "value", message, hint };
}

/** A run is one task on one node, whatever the mode of the service; with `nodes: each` there is a run on each. */
function oneOfMany(written: Written, { spread }: LabelledObject): Issue[] {
  if (spread === undefined || !("schedule" in written)) return [];
  if ("nodes" in written && spread.mode !== "replicated-job") return [];
  const issue = { path: ["schedule"], on: "value" } as const;
  if (spread.mode === "replicated-job") {
    const message = `this service is in mode replicated-job with ${spread.completions} tasks, and a run is one of them`;
    return [{ ...issue, message, hint: "give it replicas: 1, or a job for each task", severity: "warning" }];
  }
  const message = `this service is in mode ${spread.mode}, on each node, and a run is one task on one node`;
  const hint = "for a run on each node, set nodes: each as well; for one run, write mode: replicated and replicas: 0";
  // A command next to what a global service itself does is rarely meant for each node.
  return [{ ...issue, message, hint, ...(spread.mode === "global" && { severity: "warning" }) }];
}

/** Promise 7: a label asks for no more than its object has. */
function otherUser(written: Written, object: LabelledObject): Issue[] {
  const user = labelSchema.shape.user.safeParse(written.user).data;
  if (user == null || mayRunAs(user, object)) return [];
  return [{ path: ["user"], on: "value", ...explainUser(user, object), refused: "asks-for-more" }];
}

type NamedObject = Pick<LabelledObject, "kind" | "id" | "name" | "version">;
type ProcessKeys = z.output<typeof processSchema> & Partial<Pick<LabelKeys, "timeout" | "overlap">>;

/** Makes the template of the object's job: a copy of the object, or a command in it. */
export function makeLabelledTemplate(keys: ProcessKeys, object: NamedObject): CloneTemplate | ExecTemplate {
  return keys.launch === "exec" ? makeLabelledExec(keys, object) : makeClone(keys, object);
}

/**
 * The container is known by its name, which no other container has; any container may carry Compose's labels. There are
 * no variables for it to take.
 */
function makeLabelledExec(keys: ProcessKeys, { name }: NamedObject): ExecTemplate {
  return makeExecIn({ container: name, mustDeclareJobs: true }, keys, {});
}

function makeClone(keys: ProcessKeys, { kind, id, name, version }: NamedObject): CloneTemplate {
  return {
    kind: "clone",
    // A container's version is its ID.
    of: { kind, name, version, ...(kind === "service" && { id }) },
    ...given("command", keys.command),
    ...given("entrypoint", keys.entrypoint),
    ...(keys.environment && { environment: textsOf(keys.environment) }),
    ...given("workingDir", keys.working_dir),
    ...given("user", keys.user),
    ...given("stopSignal", keys.stop_signal),
    ...given("init", keys.init),
  };
}
