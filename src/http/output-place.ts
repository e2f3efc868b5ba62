import * as z from "zod";
import type { ReadPlace } from "../operate/output/output-listener.ts";

const lastLine = z.object({ time: z.string().max(40), lines: z.int().positive() });
const place = z.object({
  attempt: z.int().positive(),
  count: z.int().nonnegative(),
  position: z.object({
    from: z.string().max(40),
    stdout: z.exactOptional(lastLine),
    stderr: z.exactOptional(lastLine),
  }),
});

/** Writes how far an output was read, as a word for an address or the ID of an event. */
export function writePlace(place: ReadPlace): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Undefined for a word that `writePlace` has not written: then the output is read from its beginning. */
export function readPlace(word: string | undefined): ReadPlace | undefined {
  if (word === undefined || word === "") return undefined;
  try {
    return place.parse(JSON.parse(Buffer.from(word, "base64url").toString()));
  } catch {
    return undefined;
  }
}
