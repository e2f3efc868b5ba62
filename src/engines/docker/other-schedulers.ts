import type { DockerJobRun, EngineError } from "../engine.ts";
import { EngineTrouble } from "../engine.ts";
import type { Docker } from "./connect.ts";
import { type ContainerSummary, listContainers } from "./containers.ts";
import { readDockerJob } from "./docker-jobs.ts";
import { containerName, isRunning } from "./read-container.ts";
import { listAllServices, type Service } from "./services.ts";
import { RUN_LABELS } from "./specs/run-labels.ts";

/** Schedulers for containers that can be recognized where they run, by the names under which `shipbell import` knows most of them. */
export const OTHER_SCHEDULERS = {
  ofelia: {
    title: "Ofelia",
    images: ["mcuadros/ofelia", "netresearch/ofelia"],
    program: { name: "ofelia", command: "daemon" },
  },
  chadburn: { title: "Chadburn", images: ["premoweb/chadburn"], program: { name: "chadburn", command: "daemon" } },
  "swarm-cronjob": {
    title: "swarm-cronjob",
    images: ["crazymax/swarm-cronjob", "crazy-max/swarm-cronjob"],
    program: { name: "swarm-cronjob" },
  },
  "deck-chores": {
    title: "deck-chores",
    images: ["funkyfuture/deck-chores"],
    program: { name: "deck-chores" },
  },
  "docker-crontab": { title: "docker-crontab", images: ["willfarrell/crontab"] },
  supercronic: { title: "supercronic", images: ["aptible/supercronic"], program: { name: "supercronic" } },
} as const satisfies Readonly<Record<string, Recognition>>;

export type OtherSchedulerKind = keyof typeof OTHER_SCHEDULERS;

interface Recognition {
  /** For people. */
  readonly title: string;
  /** Its published images, without the host of a registry. */
  readonly images: readonly string[];
  /** The program that its images start, for images of one's own. `command`: its first argument, if others do other things. */
  readonly program?: { readonly name: string; readonly command?: string };
}

/** A scheduler that runs next to this one. */
export interface OtherScheduler {
  readonly kind: OtherSchedulerKind;
  readonly place: "container" | "service";
  readonly id: string;
  readonly name: string;
  readonly image: string;
}

export interface OtherSchedulersSeen {
  readonly schedulers: readonly OtherScheduler[];
  readonly dockerJobs: readonly DockerJobRun[];
  /** What could not be looked at, and why: there may be schedulers in it that are not listed. */
  readonly unseen: readonly { readonly what: "containers" | "services"; readonly cause: EngineTrouble }[];
}

/**
 * Returns the other schedulers that run now: in containers of this engine and, where it is a manager of a Swarm, as
 * services of it, on whichever node. A paused container counts as running, a service without replicas and tasks does not.
 *
 * They are recognized by the image's name, or by the program that it starts: an image of another name, whose service does
 * not say what it starts, is not seen.
 *
 * @throws EngineUnavailable when the engine cannot be used at all.
 */
export async function findOtherSchedulers(
  docker: Docker,
  { isManager, signal }: { readonly isManager: boolean; readonly signal?: AbortSignal },
): Promise<OtherSchedulersSeen> {
  const limits = signal ? { signal } : {};
  const [containers, services] = await Promise.all([
    orTrouble(listContainers(docker, limits)),
    isManager ? orTrouble(listAllServices(docker, limits)) : [],
  ]);
  return {
    schedulers: recognizeSchedulers({ containers: orNone(containers), services: orNone(services) }),
    dockerJobs: orNone(containers).flatMap(readDockerJob),
    unseen: [
      ...(containers instanceof EngineTrouble ? [{ what: "containers", cause: containers } as const] : []),
      ...(services instanceof EngineTrouble ? [{ what: "services", cause: services } as const] : []),
    ],
  };
}

/** The schedulers among these; a container of a service that is one of them is not named again. */
export function recognizeSchedulers({
  containers,
  services,
}: {
  readonly containers: readonly ContainerSummary[];
  readonly services: readonly Service[];
}): readonly OtherScheduler[] {
  const ofServices = services.filter(isWanted).flatMap(readService);
  const known = new Set(ofServices.map(({ id }) => id));
  const isOfService = ({ Labels }: ContainerSummary) => known.has(Labels?.["com.docker.swarm.service.id"] ?? "");
  const running = containers.filter((container) => isRunning(container.State) && !isOfService(container));
  return [...ofServices, ...running.flatMap(readContainer)];
}

function readContainer({ Id, Names, Image = "", Command = "", Labels }: ContainerSummary): OtherScheduler[] {
  if (Labels?.[RUN_LABELS.run] !== undefined) return [];
  const kind = recognize(Image, Command.split(/\s+/));
  return kind === undefined ? [] : [{ kind, place: "container", id: Id, name: containerName(Names), image: Image }];
}

function readService({ ID, Spec }: Service): OtherScheduler[] {
  const { ContainerSpec } = Spec.TaskTemplate;
  if (!ContainerSpec || Spec.Labels?.[RUN_LABELS.run] !== undefined) return [];
  const { Image, Command, Args } = ContainerSpec;
  const kind = recognize(Image, [...(Command ?? []), ...(Args ?? [])]);
  return kind === undefined ? [] : [{ kind, place: "service", id: ID, name: Spec.Name, image: withoutDigest(Image) }];
}

/** Whether it has tasks, or is to have some. A job of the Swarm's own may be done. */
function isWanted({ Spec: { Mode }, ServiceStatus }: Service): boolean {
  if ((ServiceStatus?.RunningTasks ?? 0) > 0 || Mode?.Global) return true;
  return Mode?.Replicated ? (Mode.Replicated.Replicas ?? 1) > 0 : false;
}

function recognize(image: string, words: readonly string[]): OtherSchedulerKind | undefined {
  const name = nameOf(image);
  const found = Object.entries(OTHER_SCHEDULERS).find(
    ([, { images, ...rest }]: [string, Recognition]) =>
      images.some((known) => name === known || name.endsWith(`/${known}`)) || isStartedBy(words, rest.program),
  );
  return found?.[0] as OtherSchedulerKind | undefined;
}

/** How many words an init may have in front of what it starts: `/sbin/tini -g --`. */
const WORDS_OF_INIT = 3;

function isStartedBy(words: readonly string[], program: Recognition["program"]): boolean {
  if (program === undefined) return false;
  const at = words.findIndex((word) => word.slice(word.lastIndexOf("/") + 1) === program.name);
  if (at === -1 || at > WORDS_OF_INIT) return false;
  return program.command === undefined || words[at + 1] === program.command;
}

/** Without tag and digest, in lower case. */
function nameOf(image: string): string {
  return withoutDigest(image)
    .replace(/:[^:/]*$/, "")
    .toLowerCase();
}

function withoutDigest(image: string): string {
  return image.split("@", 1)[0] ?? "";
}

async function orTrouble<T>(answer: Promise<readonly T[]>): Promise<readonly T[] | EngineTrouble> {
  return answer.catch((error: EngineError) => {
    if (error instanceof EngineTrouble) return error;
    throw error;
  });
}

function orNone<T>(answer: readonly T[] | EngineTrouble): readonly T[] {
  return answer instanceof EngineTrouble ? [] : answer;
}
