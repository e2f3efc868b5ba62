import { containerPath } from "../docker/containers.ts";
import type { ContainerSpec } from "../docker/specs/container-spec.ts";
import type { Workshop } from "../docker/specs/specify-container.ts";
import { isRefusal, messageOf, unexpected } from "../docker/status.ts";
import { tarOf } from "../docker/tar.ts";
import type { Rejection } from "../engine.ts";

/**
 * Puts the secrets and configs whose text is known into a container that has not been started. Repeating it is safe.
 * An engine that refuses them is the answer.
 */
export async function putFiles(
  { docker }: Pick<Workshop, "docker">,
  id: string,
  { body, files = [] }: ContainerSpec,
): Promise<Rejection | undefined> {
  if (files.length === 0) return undefined;
  const archive = tarOf(files);
  if (archive === undefined) return reject("the path of a secret or config is too long");
  const path = containerPath(id, "/archive");
  const answer = await docker.call({ method: "PUT", path, query: { path: "/" }, archive });
  if (answer.status === 200) return undefined;
  const isReadOnly = answer.status === 403 && body.HostConfig.ReadonlyRootfs === true;
  if (isReadOnly || isRefusal(answer)) return reject(messageOf(answer));
  throw unexpected(answer, `put files into ${id}`);
}

function reject(why: string): Rejection {
  return { kind: "rejected", reason: "bad-definition", message: `secrets and configs: ${why}` };
}
