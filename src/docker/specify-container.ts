import type { ObjectRef } from "../jobs/job.ts";
import type { RejectReason } from "../ledger/page.ts";
import type { AttemptOrder, Rejection } from "../runs/engine.ts";
import { cloneContainer } from "./clone-spec.ts";
import type { Docker } from "./connect.ts";
import { type ContainerSpec, composeContainer } from "./container-spec.ts";
import type { ContainerInspect } from "./container-types.ts";
import { findContainerByName, inspectContainer } from "./containers.ts";
import { beyondEngine } from "./needed-api-spec.ts";
import { declaresJobs } from "./run-labels.ts";

/** Where containers are made, and in whose name. */
export interface Workshop {
  readonly docker: Docker;
  readonly instance: string;
}

/** What an attempt's container is made from: without a request, unless it is a copy, whose template is read anew. */
export async function specifyContainer(
  { docker, instance }: Workshop,
  order: AttemptOrder,
): Promise<ContainerSpec | Rejection> {
  const { template } = order;
  if (template.kind === "compose") {
    const missing = beyondEngine(template, "container", await docker.apiVersion());
    return missing === undefined ? composeContainer(instance, order, template) : reject("bad-definition", missing);
  }
  const { kind, name } = template.of;
  if (kind !== "container")
    return reject("bad-definition", `service ${name} cannot be copied by an engine of containers`);
  const object = await findTemplate(docker, template.of);
  if (object === undefined) {
    return reject("template-missing", `there is no container ${name} that declares a job`);
  }
  return cloneContainer(instance, order, { object, template });
}

/**
 * The container that was read, under whatever name it has now; or, when it was made anew, the one that has its name,
 * if that declares jobs, too: never just any container.
 */
async function findTemplate(docker: Docker, { name, version }: ObjectRef): Promise<ContainerInspect | undefined> {
  const known = await inspectContainer(docker, version);
  if (known?.Id === version) return known;
  const successor = await findContainerByName(docker, name);
  return successor && declaresJobs(successor.Config.Labels ?? {}) ? successor : undefined;
}

function reject(reason: RejectReason, message: string): Rejection {
  return { kind: "rejected", reason, message };
}
