import type { Clock } from "../clock.ts";
import type { Docker } from "./docker/connect.ts";
import { type Labels, RUN_LABELS } from "./docker/specs/run-labels.ts";
import { expectStatus } from "./docker/status.ts";
import type { Engine, OwnObject } from "./engine.ts";

/** All that an instance has left, for those who remove it. */
export interface InstanceRemains {
  /** Where it was looked for: `the Swarm of unix:///…`. */
  readonly where: string;
  /** In the order in which they are removed. */
  readonly remains: readonly Remains[];
  /** Lets schedulers work again, where they were kept from it. */
  release(): void;
}

/** Things of one kind that an instance has left. */
export interface Remains {
  /** One of them, and several: `["record", "records"]`. */
  readonly words: readonly [one: string, several: string];
  readonly items: readonly RemainingItem[];
}

export interface RemainingItem {
  readonly name: string;
  /** What else is lost with it: that it is running, for example. */
  readonly note?: string;
  /** Repeating it is safe. Throws when it is not clear that the thing is gone. */
  remove(): Promise<void>;
}

/** The objects of the instance's runs. */
export async function remainingObjects(engine: Pick<Engine, "list" | "remove">): Promise<readonly RemainingItem[]> {
  return (await engine.list()).map(({ id, name, running }: OwnObject) => ({
    name,
    ...(running && { note: "running" }),
    remove: () => engine.remove(id),
  }));
}

/** The nodes of a Swarm clean up after a service a while after it is gone, and use what it used until then. */
const IN_USE_FOR_MS = 30_000;
const ASK_AGAIN_MS = 500;

interface DeclaredParts {
  readonly docker: Docker;
  readonly instance: string;
  readonly clock: Clock;
}

/**
 * What the instance has made because a schedule file declares it: of `networks`, `secrets` or `configs` those that carry
 * its name, and `label` if given. (Volumes are never removed: they hold data.) Removing one waits a while for
 * what uses it to go, and then throws.
 */
export async function remainingDeclared(
  { docker, instance, clock }: DeclaredParts,
  resource: string,
  label?: string,
): Promise<readonly RemainingItem[]> {
  const filters = { label: [`${RUN_LABELS.instance}=${instance}`, ...(label === undefined ? [] : [label])] };
  const answer = await docker.call({ method: "GET", path: `/${resource}`, query: { filters } });
  const found = expectStatus(answer, `list ${resource}`, 200).body as readonly RawDeclared[];
  return found.map(({ ID, Id, Name, Spec }) => {
    const path = `/${resource}/${ID ?? Id ?? ""}`;
    return { name: Spec?.Name ?? Name ?? "", remove: () => removeUnused(docker, path, clock) };
  });
}

/** Networks have `Id` and `Name`, secrets and configs `ID` and `Spec`. */
interface RawDeclared {
  readonly ID?: string;
  readonly Id?: string;
  readonly Name?: string;
  readonly Spec?: { readonly Name: string; readonly Labels?: Labels };
}

async function removeUnused(docker: Docker, path: string, clock: Clock): Promise<void> {
  const until = clock.now().getTime() + IN_USE_FOR_MS;
  for (;;) {
    const answer = await docker.call({ method: "DELETE", path });
    if (answer.status < 400 || clock.now().getTime() >= until) {
      expectStatus(answer, `remove ${path}`, 204, 404);
      return;
    }
    if (answer.status === 404) return;
    await clock.wait(ASK_AGAIN_MS, new AbortController().signal);
  }
}
