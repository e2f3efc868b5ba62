import { within } from "../clock.ts";
import { chooseKind, keptKind, namedKind } from "../engines/kinds.ts";

import { shownTraces } from "../settings/settings.ts";
import type { FindingShape, LookName } from "../view/shapes/finding-shape.ts";
import { downReasons } from "../view/words/scheduler.ts";
import type { Deployment, Greeted } from "./deployment.ts";
import { gatherClocks } from "./facts/clocks.ts";
import { gatherEngine } from "./facts/engine.ts";
import { gatherHttp } from "./facts/http.ts";
import { gatherJobs, readDeclared } from "./facts/jobs.ts";
import { gatherLedger } from "./facts/ledger.ts";
import { gatherRegistries } from "./facts/registries.ts";
import { gatherRequests } from "./facts/requests.ts";
import { gatherSchedulers } from "./facts/schedulers.ts";
import { gatherSwarm } from "./facts/swarm.ts";
import { gatherTelling, readOperatorFiles } from "./facts/telling.ts";
import { gatherZones } from "./facts/zones.ts";
import { type Finding, findingOf, inOneLine, note, sound, trouble } from "./finding.ts";
import { lookAtClocks } from "./looks/clocks.ts";
import { lookAtEngine } from "./looks/engine.ts";
import { lookAtHttp } from "./looks/http.ts";
import { lookAtJobs } from "./looks/jobs.ts";
import { lookAtLedger } from "./looks/ledger.ts";
import { lookAtRegistries } from "./looks/registries.ts";
import { lookAtRequests } from "./looks/requests.ts";
import { lookAtOwnTrouble, lookAtSchedulers } from "./looks/schedulers.ts";
import { lookAtSwarm } from "./looks/swarm.ts";
import { lookAtTelling } from "./looks/telling.ts";
import { lookAtZones } from "./looks/zones.ts";

/** How long one look may take. */
const LOOK_WITHIN_MS = 30_000;
const INFO_WITHIN_MS = 10_000;

/** Where the name alone says too little. */
const TITLES: Partial<Record<LookName, string>> = {
  requests: "requests to the engine",
  swarm: "what jobs run on",
  http: "--listen",
  telling: "the operator's files",
};

/** A look at one side of a deployment. */
interface Look {
  readonly name: LookName;
  /** Without it there is nothing to look at. */
  readonly needsEngine?: true;
  readonly look: (signal: AbortSignal) => Promise<readonly Finding[]>;
}

/**
 * Examines a deployment, and returns everything that was found, good and bad, in the order of the looks.
 *
 * It changes nothing: no file and no object of the engine is made, changed or removed. Each look has a deadline, and one that
 * fails is a finding of its own, which hides no other: it ends within a minute or so, whatever the engine does. Ends early when `signal` is aborted.
 */
export async function examine(deployment: Deployment, signal: AbortSignal): Promise<readonly FindingShape[]> {
  const { settings, docker, clock, scheduler } = deployment;
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  try {
    const engine = await gatherEngine(deployment);
    const isUp = engine.answer.kind === "answers";
    const info = isUp
      ? await within(clock, INFO_WITHIN_MS, docker.info({ signal: until })).catch(() => undefined)
      : undefined;
    const kind =
      (info && (await within(clock, INFO_WITHIN_MS, chooseKind(docker, settings.engine)).catch(() => undefined))) ??
      namedKind(settings.engine) ??
      keptKind(settings.stateDir);
    const known = { ...deployment, ...(info && { info }), ...(kind && { kind }) };
    const files = once(() => readOperatorFiles(deployment));
    const declared = once(() => readDeclared(known, async () => (await files()).channelNames, until));
    const greeted: Greeted = { ...known, declared };
    const looks: readonly Look[] = [
      { name: "settings", look: async () => lookAtSettings(deployment) },
      { name: "engine", look: async () => lookAtEngine(engine) },
      {
        name: "requests",
        needsEngine: true,
        look: async (end) => lookAtRequests(engine.host, await gatherRequests(greeted, end)),
      },
      { name: "swarm", needsEngine: true, look: async (end) => lookAtSwarm(await gatherSwarm(greeted, end)) },
      { name: "clocks", needsEngine: true, look: async (end) => lookAtClocks(await gatherClocks(greeted, end)) },
      { name: "ledger", look: async () => lookAtLedger(await gatherLedger(greeted)) },
      { name: "jobs", look: async (end) => lookAtJobs(await gatherJobs(greeted, end)) },
      { name: "zones", look: async () => lookAtZones(await gatherZones(greeted)) },
      { name: "registries", look: async () => lookAtRegistries(await gatherRegistries(greeted)) },
      {
        name: "schedulers",
        look: async (end) => [
          ...lookAtOwnTrouble(scheduler.kind === "answers" ? downReasons(scheduler.view) : []),
          ...lookAtSchedulers(await gatherSchedulers(greeted, end)),
        ],
      },
      { name: "http", look: async () => lookAtHttp(await gatherHttp(greeted, (await files()).rules)) },
      { name: "telling", look: async () => lookAtTelling(await gatherTelling(deployment, await files())) },
    ];
    const found = await Promise.all(looks.map((each) => carryOut(each, { isUp, clock, signal: until })));
    return found.flat();
  } finally {
    stop.abort();
  }
}

interface LookParts extends Pick<Deployment, "clock"> {
  readonly isUp: boolean;
  readonly signal: AbortSignal;
}

async function carryOut(
  { name, needsEngine, look }: Look,
  { isUp, clock, signal }: LookParts,
): Promise<readonly FindingShape[]> {
  const named = (findings: readonly Finding[]) => findings.map((finding) => ({ look: name, ...inOneLine(finding) }));
  if (needsEngine && !isUp) return named([note(TITLES[name] ?? name, "not looked at: the engine does not answer")]);
  try {
    return named(await within(clock, LOOK_WITHIN_MS, look(signal)));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return named([trouble(TITLES[name] ?? name, `could not be looked at: ${message}`)]);
  }
}

function lookAtSettings({ settings }: Deployment): readonly Finding[] {
  const { warnings, given, traces } = settings;
  const chosen = given.size === 0 ? "all are defaults" : `${given.size} chosen, none of them wrong`;
  return [
    ...(warnings.length > 0 ? warnings.map(findingOf) : [sound("settings", chosen)]),
    ...(traces
      ? [
          sound(
            "traces",
            `on: sent to ${shownTraces(traces)} as ${traces.protocol}, with IDs of ${shownInstance(settings)}`,
          ),
        ]
      : []),
  ];
}

/** Two deployments of one name share the IDs of their traces, and many have kept the name that all begin with. */
function shownInstance({ instance, given }: Deployment["settings"]): string {
  const name = `the instance ${instance}`;
  return given.has("instance")
    ? name
    : `${name}, the default: a second deployment that sends there needs an --instance`;
}

/** Does work when it is first asked for, and never again. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
