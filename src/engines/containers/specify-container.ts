import type { ObjectRef } from "../../job/job.ts";
import { DEFAULT_LABEL_RULES, type LabelRules } from "../../job/label-rules.ts";
import type { RejectReason } from "../../ledger/record.ts";
import { type ContainerInspect, findContainerByName, inspectContainer } from "../docker/containers.ts";
import { declaresOrder, refuseCopy, rightsOfContainer } from "../docker/specs/copy.ts";
import { beyondEngine, CONTAINER_NEEDS } from "../docker/specs/needed-api.ts";
import type { AttemptOrder, Rejection } from "../engine.ts";
import type { Workshop } from "../kind.ts";
import { cloneContainer } from "./clone-container.ts";
import { type ContainerSpec, composeContainer } from "./container-spec.ts";

/** Says what an attempt's container is made from. Only a copy costs a request: its template is read again. */
export async function specifyContainer(
  { docker, instance, rules = DEFAULT_LABEL_RULES, foreign }: Workshop,
  order: AttemptOrder,
): Promise<ContainerSpec | Rejection> {
  const { template } = order;
  if (template.kind === "compose") {
    const missing = beyondEngine(template, CONTAINER_NEEDS, await docker.apiVersion());
    return missing === undefined ? composeContainer(instance, order, template) : reject("bad-definition", missing);
  }
  if (template.kind !== "clone") throw new Error(`no container can be made of a template of kind ${template.kind}`);
  const { kind, name } = template.of;
  if (kind !== "container")
    return reject("bad-definition", `service ${name} cannot be copied by an engine of containers`);
  const object = await findTemplate({ docker, instance, rules, foreign }, order, template.of);
  if (object === undefined) return reject("template-missing", `there is no container ${name} that declares this job`);
  const labels = object.Config.Labels ?? {};
  const refused = refuseCopy(template, { kind, name, labels, ...rightsOfContainer(object) }, rules);
  return refused ?? cloneContainer(instance, order, { object, template, rules });
}

/**
 * Finds the container that was read, under its present name; or, if that is gone, the one that has its name, if that
 * declares this same job: never just any container.
 */
async function findTemplate(
  { docker, instance, rules, foreign }: Workshop & { readonly rules: LabelRules },
  order: AttemptOrder,
  { name, version }: ObjectRef,
): Promise<ContainerInspect | undefined> {
  const known = await inspectContainer(docker, version);
  if (known?.Id === version) return known;
  const successor = await findContainerByName(docker, name);
  if (successor === undefined) return undefined;
  return (await declaresOrder(order, successor, { ...rules, instance, foreign })) ? successor : undefined;
}

function reject(reason: RejectReason, message: string): Rejection {
  return { kind: "rejected", reason, message };
}
