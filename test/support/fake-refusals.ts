import type { AttemptOrder, Prepared, Rejection } from "../../src/engines/engine.ts";
import type { ComposeTemplate, ExecTemplate } from "../../src/job/job.ts";
import type { FakeWorld } from "./fake-world.ts";

/** What a real engine says against making this object; undefined when it would make it. */
export function refuse(world: FakeWorld, { template }: AttemptOrder): Prepared | undefined {
  if (template.kind === "compose") return refuseCompose(world, template);
  if (template.kind === "exec") return refuseExec(world, template);
  if (template.kind === "http") return undefined;
  if (world.containers.has(template.of.name)) return undefined;
  return { kind: "rejected", reason: "template-missing", message: `there is no container ${template.of.name}` };
}

/** Here a container that there is runs. */
function refuseExec(world: FakeWorld, { within: { container = "" } }: ExecTemplate): Prepared | undefined {
  if (world.containers.has(container)) return undefined;
  return { kind: "not-ready", reason: "container-not-running", message: `there is no container ${container}` };
}

function refuseCompose(world: FakeWorld, { image, volumes, volumesFrom }: ComposeTemplate): Prepared | undefined {
  const bad = (message: string): Rejection => ({ kind: "rejected", reason: "bad-definition", message });
  if (!world.images.has(image)) return { kind: "image-missing", image, message: `no such image: ${image}` };
  const bind = volumes.find(({ type, source }) => type === "bind" && !world.paths.has(source ?? ""));
  if (bind !== undefined) return bad(`bind source path does not exist: ${bind.source}`);
  const lender = volumesFrom.find((name) => !world.containers.has(name.split(":", 1)[0] ?? ""));
  return lender === undefined ? undefined : bad(`no such container: ${lender}`);
}

/** Found only at the start, as by a real engine. */
export function missingNetwork({ networks }: FakeWorld, { template }: AttemptOrder): Rejection | undefined {
  const missing = template.kind === "compose" ? template.networks.find((name) => !networks.has(name)) : undefined;
  return missing === undefined
    ? undefined
    : { kind: "rejected", reason: "start-failed", message: `network ${missing} not found` };
}
