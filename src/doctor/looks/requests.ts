import { type Finding, sound, trouble, warning } from "../finding.ts";

/** A request that shipbell makes, as docs/security.md writes it, and what does not work without it. */
export interface NeededRequest {
  /** `POST /containers/NAME/start`. */
  readonly request: string;
  readonly without: string;
  /** Whether jobs run all the same. */
  readonly isOptional?: true;
}

/** What came of a request that can have no effect. */
export type RequestTried = NeededRequest &
  (
    | { readonly answer: "passed" }
    | { readonly answer: "refused"; readonly status: number }
    | { readonly answer: "none"; readonly message: string }
  );

/** Says which requests something between shipbell and the engine refuses. */
export function lookAtRequests(host: string, tried: readonly RequestTried[]): readonly Finding[] {
  const findings = tried.flatMap((each) => {
    if (each.answer === "passed") return [];
    const find = each.isOptional ? warning : trouble;
    const { request, without } = each;
    if (each.answer === "none") return [find(host, `${request}: ${each.message}`)];
    const message = `${request} is refused (${each.status}), without which ${without}`;
    return [find(host, message, "what is between shipbell and the engine, a socket proxy say, has to allow it")];
  });
  return findings.length > 0 ? findings : [sound(host, `all ${tried.length} kinds of request that jobs need pass`)];
}
