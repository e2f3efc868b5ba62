import { maybeSecret } from "../../definition/values/maybe-secret.ts";

/** Headers that were given twice are joined by commas, Basic separates by a colon: no name has either. */
const NAME = /^[^\s\p{C},:|][^\p{C},:|]{0,99}$/u;

/** Whether users and tokens can have this name. A proxy may give its users longer ones of the same letters. */
export function isCallerName(text: string): boolean {
  return NAME.test(text);
}

/** Whether the file may give this name: one that looks like a token or a hash was put into the wrong place. */
export function isGivenName(text: string): boolean {
  return isCallerName(text) && !maybeSecret(text);
}
