import { type Finding, note, sound, trouble, warning } from "../finding.ts";

export interface HttpFacts {
  /** Where it listens, as it is reached from this machine: `127.0.0.1:8494`. */
  readonly address: string;
  readonly answer: HttpAnswer;
  /** Whether a scheduler of this instance answers commands. */
  readonly isSchedulerHere: boolean;
  /** Where others on the network can reach it, as far as that can be seen: `port 8494 of all addresses of the host`. */
  readonly openAt?: string;
  /** Whether it is a service of a Swarm, whose port cannot be published at one address. */
  readonly isOfSwarm?: boolean;
  readonly pages: "on" | "off";
  /** The file of `--http-auth`. */
  readonly auth?: AuthFacts;
}

type HttpAnswer =
  /** Nothing listens. */
  | { readonly kind: "free" }
  | { readonly kind: "health"; readonly isWell: boolean; readonly text: string }
  | { readonly kind: "other"; readonly text: string }
  | { readonly kind: "trouble"; readonly message: string };

interface AuthFacts {
  /** What callers may who do not say who they are. */
  readonly anonymous: string;
  readonly isMetricsOpen: boolean;
}

/** Says whether the scheduler can be reached, and who else can reach it. */
export function lookAtHttp(facts: HttpFacts): readonly Finding[] {
  return [...lookAtAddress(facts), ...lookAtExposure(facts)];
}

function lookAtAddress({ address, answer, isSchedulerHere }: HttpFacts): readonly Finding[] {
  const at = `http://${address}`;
  switch (answer.kind) {
    case "free":
      return isSchedulerHere
        ? [trouble(at, "a scheduler runs here, and nothing answers at this address")]
        : [sound(at, "the address is free for the scheduler")];
    case "health":
      if (!isSchedulerHere)
        return [
          warning(
            at,
            "a shipbell listens here that is not the one of these settings",
            "give this one another address with --listen",
          ),
        ];
      return answer.isWell
        ? [sound(at, "/healthz answers that all is well")]
        : [trouble(at, `/healthz: ${answer.text}`)];
    case "other":
      return [
        trouble(
          at,
          `another program listens here (${answer.text})`,
          "give the scheduler another address with --listen",
        ),
      ];
    case "trouble":
      return [trouble(at, answer.message, "is --listen an address of this machine?")];
  }
}

function lookAtExposure({ openAt, isOfSwarm, pages, auth }: HttpFacts): readonly Finding[] {
  if (openAt === undefined) return [];
  const at = "--listen";
  const seen = pages === "on" ? "page, API and metrics" : "metrics";
  if (auth === undefined)
    return [
      warning(
        at,
        `${seen} are open to everyone who reaches ${openAt}: names, schedules and outcomes of jobs, without a password`,
        `${isOfSwarm ? "publish no port, and share a network with who asks" : "publish the port as 127.0.0.1:8494:8494"}, or name who may see them with --http-auth`,
      ),
    ];
  if (auth.anonymous !== "none")
    return [note(at, `every client that reaches ${openAt} has the role ${auth.anonymous} without a password`)];
  return [
    auth.isMetricsOpen
      ? note(
          at,
          `/metrics is open to everyone who reaches ${openAt}`,
          "metrics: read in the file of --http-auth asks for a token",
        )
      : sound(at, `who reaches ${openAt} needs a password or a token`),
  ];
}
