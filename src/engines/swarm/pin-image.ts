import type { Clock } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { askRegistry, type RegistryAnswer } from "../docker/registry/ask-registry.ts";
import { digestIn, registryOf, withTag } from "../docker/registry/image-reference.ts";
import type { RegistryCredentials } from "../docker/registry/registry-auth.ts";
import type { ServiceSpec } from "../docker/services.ts";
import type { AttemptOrder, Rejection } from "../engine.ts";
import type { Specified } from "./specify-service.ts";

/** How long a start waits for a registry if the run can do without its answer. */
const ANSWER_WITHIN_MS = 1500;
/**
 * How long a registry that could not be reached is not asked again, and a registry that does not know an image is not
 * asked for it.
 */
const LEAVE_ALONE_MS = 600_000;

interface PinParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly credentials?: Pick<RegistryCredentials, "headerFor">;
}

/**
 * Pins the image of a run's service to the digest of its tag now, as `docker service create` does: then all nodes run
 * the same image, the record says which, and a node that has it need not ask. A copy of a service keeps what its
 * template says.
 */
export class ImagePins {
  readonly #parts: PinParts;
  /** Since when a registry, or an image with credentials, has been left alone. */
  readonly #leftAlone = new Map<string, number>();

  constructor(parts: PinParts) {
    this.#parts = parts;
  }

  /**
   * If the registry does not say, the image stays as it is, and each node may find out for itself; with the policy
   * `always` that is a rejection. Throws an `EngineError`.
   */
  async pin(order: AttemptOrder, spec: ServiceSpec): Promise<Specified> {
    const { template } = order;
    if (template.kind !== "compose" || digestIn(template.image) !== undefined) return { kind: "specified", spec };
    const image = withTag(template.image);
    if (template.pullPolicy !== "always") {
      const answer = await this.#askGently(image);
      return {
        kind: "specified",
        spec: answer?.kind === "found" ? withImage(spec, `${image}@${answer.digest}`) : spec,
      };
    }
    const answer = await askRegistry(this.#parts.docker, image, this.#parts.credentials?.headerFor(image));
    if (answer.kind === "found") return { kind: "specified", spec: withImage(spec, `${image}@${answer.digest}`) };
    return answer.kind === "rejected" ? answer : mustAsk(image);
  }

  async #askGently(image: string): Promise<RegistryAnswer | undefined> {
    const { docker, clock, credentials } = this.#parts;
    const registry = registryOf(image);
    const registryAuth = credentials?.headerFor(image);
    // With other credentials the answer may differ.
    const question = `${image} ${registryAuth}`;
    if (this.#isLeftAlone(registry) || this.#isLeftAlone(question)) return undefined;
    const answer = await askRegistry(docker, image, registryAuth, ANSWER_WITHIN_MS);
    const isSilent =
      answer.kind === "unknown" || (answer.kind === "rejected" && answer.reason === "registry-unreachable");
    // An image that was built where it runs is in no registry: asking for it at each start would only cost time.
    if (answer.kind !== "found") this.#leftAlone.set(isSilent ? registry : question, clock.now().getTime());
    return answer;
  }

  #isLeftAlone(name: string): boolean {
    const now = this.#parts.clock.now().getTime();
    const since = this.#leftAlone.get(name);
    if (since !== undefined && now >= since && now - since < LEAVE_ALONE_MS) return true;
    this.#leftAlone.delete(name);
    return false;
  }
}

function withImage(spec: ServiceSpec, Image: string): ServiceSpec {
  const { ContainerSpec } = spec.TaskTemplate;
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, ContainerSpec: { ...ContainerSpec, Image } } };
}

function mustAsk(image: string): Rejection {
  const message = `pull_policy is always, and the engine does not say what the registry has as ${image}`;
  return { kind: "rejected", reason: "pull-failed", message };
}
