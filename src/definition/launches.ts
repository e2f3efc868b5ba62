import { isExec, NOT_FOR_EXEC } from "./exec-form.ts";
import { isHttp, NOT_FOR_HTTP } from "./http-form.ts";
import { FOR_EXEC_ALONE } from "./known-keys.ts";

type Written = Readonly<Record<string, unknown>>;

/** How a job is launched: `run` where it does not say, or says something else. */
export type Launch = "run" | "exec" | "http";

export function launchOf(job: Written): Launch {
  return isExec(job) ? "exec" : isHttp(job) ? "http" : "run";
}

const NOT_FOR: Readonly<Record<Launch, ReadonlySet<string>>> = {
  run: new Set([...FOR_EXEC_ALONE.keys(), "http"]),
  exec: NOT_FOR_EXEC,
  http: NOT_FOR_HTTP,
};

/** True for a key that means something in jobs that are launched in another way, and nothing in this one. */
export function isForOtherJobs(key: string, job: Written): boolean {
  return NOT_FOR[launchOf(job)].has(key);
}
