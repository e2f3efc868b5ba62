import type { Problem } from "../../job/problem.ts";
import { findSecondCopy } from "../labels/label-form.ts";
import { groupLabels } from "../labels/label-keys.ts";
import type { LabelledObject } from "../labels/labelled-object.ts";
import type { LabelledService } from "./labelled-service.ts";

interface Doubt extends Omit<Problem, "at"> {
  /** Absent: it is about the service. */
  readonly label?: string;
}

/** Finds what only the engine knows of a container that is not there yet, where a job depends on it. */
export function doubtContainer(
  object: LabelledObject,
  service: LabelledService,
  labelPrefix: string,
): readonly Doubt[] {
  if (object.kind !== "container") return [];
  if (service.keys.scale === "0" || service.deployKeys.replicas === "0") return [isNeverMade(service)];
  const isStarted = service.keys.profiles === null;
  return groupLabels(object.labels, labelPrefix).flatMap(({ values, prefix }) => [
    ...(isStarted && !object.running && isCopy(values, prefix) ? [pausesWhileRunning(prefix)] : []),
    ...(values.has("user") && object.user === "" && object.mayBecomeAnyone ? [dependsOnImage(prefix)] : []),
  ]);
}

function isNeverMade({ name }: LabelledService): Doubt {
  const message = `Compose makes no container of the service ${name}, which has no replicas, so that its labels declare no job`;
  return {
    message,
    hint: "profiles: [jobs] keeps Compose from starting it; for a Swarm, move its labels to deploy: labels:",
  };
}

function isCopy(values: ReadonlyMap<string, string>, prefix: string): boolean {
  return findSecondCopy(Object.fromEntries(values), { kind: "container", running: true }, prefix) !== undefined;
}

function pausesWhileRunning(prefix: string): Doubt {
  return {
    label: `${prefix}schedule`,
    message:
      "docker compose up starts this container, and while it runs, its job is not declared: a run would be a second copy of it",
    hint: `write profiles: [jobs] next to image, and create it with docker compose up --no-start; or say what to run with ${prefix}command`,
    severity: "warning",
  };
}

function dependsOnImage(prefix: string): Doubt {
  return {
    label: `${prefix}user`,
    message: "this label is refused unless the image runs as root",
    hint: "write user: root for the service, or leave the label out",
    severity: "warning",
  };
}
