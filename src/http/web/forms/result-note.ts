import { type Content, html } from "../html.ts";
import { mark } from "../marks.ts";
import type { Page } from "../page.ts";

/** What a form has just done, by the word in the address that it answered with. The texts are ours: an address cannot say anything else. */
const RESULTS: Readonly<Record<string, (subject: string) => string>> = {
  paused: (job) => `${job} is paused: what is due is skipped.`,
  resumed: (job) => `${job} is resumed: what is due is started again.`,
  reset: (job) => `The schedule of ${job} has begun again now.`,
  cancelled: (run) => `${run} is being cancelled.`,
  ended: (run) => `${run} had ended already.`,
  requested: (run) => `${run} is requested. A scheduler starts it within a second or two.`,
  planned: (run) => `${run} is planned. It starts at its time.`,
  tried: (channel) => `${channel} took the notice that tries it. Look there whether it is what you want to see.`,
  "group-requested": (job) =>
    `Runs of ${job} are requested. A scheduler starts each within a second or two, or at its time.`,
  "group-cancelled": (job) => `The active runs of ${job} are being cancelled.`,
  "all-paused": () => "All jobs are paused: what is due is skipped.",
  "all-resumed": () => "Jobs are started again, except those with a pause of their own.",
};

/** The note on what was done, if the address asks for one. `live.js` takes it out of the address, so that it is shown once. */
export function resultNote({ request }: Page, subject: string): Content {
  const done = request.query.get("done") ?? "";
  const words = Object.hasOwn(RESULTS, done) ? RESULTS[done]?.(subject) : undefined;
  return words === undefined ? undefined : html`${mark("succeeded")}<span>${words}</span>`;
}
