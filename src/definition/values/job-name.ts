import { withoutQuotes } from "../../job/problem.ts";
import { shown } from "./issue.ts";

const LONGEST = 63;
export const JOB_NAME = /^[a-z0-9][a-z0-9_.-]*$/;

/** Returns what is wrong with a job's name, and the nearest one that is allowed; undefined for an allowed name. */
export function checkJobName(name: string): { readonly message: string; readonly hint?: string } | undefined {
  if (name.length > LONGEST)
    return {
      message: `the job name ${shown(name)} has ${name.length} characters; at most ${LONGEST} are allowed`,
    };
  if (JOB_NAME.test(name)) return undefined;
  const fitted = fitJobName(name);
  const message = `the job name ${shown(name)} is not allowed; a name has a-z, 0-9, "_", "." and "-", and begins with a letter or digit`;
  return fitted === undefined ? { message } : { message, hint: `write for example ${fitted}` };
}

/** Returns the job name for an object's name: lower case, with "-" for other characters. Undefined where none is left. */
export function fitJobName(name: string): string | undefined {
  const fitted = withoutQuotes(name)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "");
  return fitted === "" || fitted.length > LONGEST ? undefined : fitted;
}
