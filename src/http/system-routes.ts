import type { Check } from "../view/scheduler/readiness.ts";
import type { Answer } from "./answer.ts";
import { Fault } from "./fault.ts";
import type { BoundRoute, Role, RouteRequest } from "./route.ts";
import type { StaticFiles } from "./static.ts";

/** What the system's addresses show: functions, called for each request. */
export interface SystemParts {
  readonly scrape: (accept: string | undefined) => {
    readonly contentType: string;
    readonly chunks: AsyncIterable<string>;
  };
  /** Whether the loop has turned recently. */
  readonly health: () => Check;
  /** By name. A scheduler that passes them all is ready. */
  readonly readiness: () => Readonly<Record<string, Check>>;
  /** Who may read `/metrics`. */
  readonly metricsRole: () => Role;
}

const OPEN = { method: "GET", role: "none" } as const;

/** `/metrics`, `/healthz` and `/readyz`. */
export function systemRoutes(parts: SystemParts): readonly BoundRoute[] {
  return [
    {
      method: "GET",
      path: "/metrics",
      get role() {
        return parts.metricsRole();
      },
      answer: ({ headers }) => metricsAnswer(parts.scrape(headers.accept)),
    },
    { ...OPEN, path: "/healthz", answer: () => healthAnswer(parts.health()) },
    { ...OPEN, path: "/readyz", answer: () => readinessAnswer(parts.readiness()) },
  ];
}

/** What the pages need and every caller may have: their files, and the place to sign in. */
export function pageRoutes(files: StaticFiles): readonly BoundRoute[] {
  return [
    {
      ...OPEN,
      path: "/static/:hash/:name",
      answer: ({ params: { hash = "", name = "" } }) => files.answer({ hash, name }),
    },
    { method: "GET", path: "/sign-in", role: "status", answer: signInAnswer },
  ];
}

/**
 * Pages that anonymous callers may see ask for no password. This one does; browsers then send it with everything
 * that is next to it. Afterwards it leads to where `to` says, from the root.
 */
function signInAnswer({ caller, query }: RouteRequest): Answer {
  if (caller.name === undefined) throw new Fault("not-signed-in", "Sign in with a name and a password.");
  const to = query.get("to") ?? "";
  // What is not ASCII cannot stand in a header; addresses have it encoded.
  const isOurs = /^([A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*)?(\?[!-"$-[\]-~]*)?$/.test(to);
  const location = `./${isOurs ? to : ""}`;
  const body = `${caller.name} is signed in\n`;
  return { status: 303, contentType: "text/plain; charset=utf-8", body, headers: { Location: location } };
}

function metricsAnswer({ contentType, chunks }: ReturnType<SystemParts["scrape"]>): Answer {
  return { status: 200, contentType, body: chunks };
}

function healthAnswer({ ok, reason }: Check): Answer {
  const body = `${reason ?? (ok ? "ok" : "not healthy")}\n`;
  return { status: ok ? 200 : 503, contentType: "text/plain; charset=utf-8", body };
}

function readinessAnswer(checks: Readonly<Record<string, Check>>): Answer {
  const ready = Object.values(checks).every(({ ok }) => ok);
  const body = `${JSON.stringify({ ready, checks }, null, 2)}\n`;
  return { status: ready ? 200 : 503, contentType: "application/json", body };
}
