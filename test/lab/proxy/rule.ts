import type { ProxiedRequest } from "./exchange.ts";
import type { ClockOf } from "./log-clock.ts";

/** Which requests a rule is for. */
export type RequestPattern = {
  method?: string;
  /** Matched against the path with its query and without the API version: `/containers/create?name=x`. */
  path: RegExp;
  /** How many requests it takes, the first that come; one by default. */
  times?: number;
};

/** What becomes of a request, or of its answer. */
export type Verdict = "pass" | "cut" | { status: number; body: unknown };

/** What the proxy asks a rule about a request that it took. */
export type Plan = {
  atRequest?: (signal: AbortSignal) => Promise<Verdict>;
  atAnswer?: () => Promise<"pass" | "cut">;
  /** Send it twice, and give the client this one's answer. */
  twice?: "first" | "second";
  /** The request is for a log, of a machine with a clock of its own. */
  clockOf?: ClockOf;
};

export type ProxyRule = {
  /** The first request that the rule took, at the moment when it is held, cut, doubled or answered. */
  reached: Promise<ProxiedRequest>;
  /** Lets through what is held, and all that the rule will still take. */
  release(): void;
  /** Cuts the client's connection for what is held, and for all that the rule will still take. */
  cut(): void;
  /** It takes no more requests. What is held stays held. */
  remove(): void;
};

/** The rule as the proxy sees it. */
export type ActiveRule = {
  plan: Plan;
  takes(method: string, path: string): boolean;
  reach(request: ProxiedRequest): void;
};

/** Makes a rule whose plan may wait for the gate that `release` and `cut` open. */
export function makeRule(pattern: RequestPattern, planWith: (gate: Promise<"pass" | "cut">) => Plan) {
  const gate = Promise.withResolvers<"pass" | "cut">();
  const reached = Promise.withResolvers<ProxiedRequest>();
  let left = pattern.times ?? 1;
  const active: ActiveRule = {
    plan: planWith(gate.promise),
    takes: (method, path) => left > 0 && matches(pattern, method, path) && left-- > 0,
    reach: reached.resolve,
  };
  const rule: ProxyRule = {
    reached: reached.promise,
    release: () => gate.resolve("pass"),
    cut: () => gate.resolve("cut"),
    remove: () => {
      left = 0;
    },
  };
  return { active, rule };
}

function matches({ method, path }: RequestPattern, askedMethod: string, askedPath: string): boolean {
  return (method === undefined || method === askedMethod) && askedPath.search(path) >= 0;
}
