import { NOTICE_KINDS, type NoticeKind } from "../../../job/notify.ts";
import { visible } from "../../../job/problem.ts";
import type { ChannelFacts } from "../../../view/scheduler/scheduler-view.ts";
import { shapeTried } from "../../../view/shapes/channel-shape.ts";
import type { Answer } from "../../answer.ts";
import { Fault } from "../../fault.ts";
import { html } from "../html.ts";
import type { Page } from "../page.ts";
import { type Form, formPage } from "./form-page.ts";
import { done, readFields } from "./operations.ts";

/** Asks which notice is to try a channel, and says where it goes. @throws Fault where there is no such channel. */
export function channelForm(page: Page, kind: NoticeKind = "failed"): Form {
  const { name, kind: of, address } = channelOf(page);
  const options = NOTICE_KINDS.map(
    (each) => html`<option value="${each}"${each === kind && html` selected`}>${WORDS[each]}</option>`,
  );
  return {
    place: "notices",
    title: `Try ${name}`,
    action: `channels/${name}/test`,
    back: "notices",
    consequence: html`<p><strong>${name}</strong> (${of}, <code>${address}</code>) is sent one notice now. What it tells is made up, and it says so.</p>`,
    fields: html`<label class="field"><span>What it tells</span><select name="kind">${options}</select></label>`,
    submit: "Send it",
  };
}

/** Sends it, and says what came of it. */
export async function postChannelTest(page: Page): Promise<Answer> {
  const { name } = channelOf(page);
  const written = (await readFields(page)).get("kind") ?? "failed";
  const kind = NOTICE_KINDS.find((kind) => kind === written);
  if (kind === undefined) throw new Fault("bad-request", `${JSON.stringify(visible(written))} is no kind of notice.`);
  const tried = await page.world.tryChannel(name, { kind, signal: page.request.gone });
  if (tried === undefined) throw noSuchChannel(name);
  const { delivered, because, answer } = shapeTried(tried);
  const deed = { what: "test", channel: name } as const;
  if (delivered) return done(page, deed, { path: "notices", done: "tried", subject: name });
  page.request.noteAsked(deed);
  const said = answer === undefined || answer === "" ? "" : ` It answered: ${answer}`;
  return formPage(page, {
    ...channelForm(page, kind),
    refused: `${name} did not take it: ${because}.${said}`,
    status: 409,
  });
}

const WORDS: Readonly<Record<NoticeKind, string>> = {
  failed: "failed: a run failed",
  recovered: "recovered: it succeeded again",
  missed: "missed: occurrences were missed",
  skipped: "skipped: occurrences were skipped",
  "long-running": "long-running: a run lasts long",
  "not-run": "not-run: it is paused for long",
};

/** @throws Fault `not-yours` for a caller who is limited to some jobs: a channel is for all of them. */
function channelOf({ request: { params, caller }, parts }: Page): ChannelFacts {
  const name = params.channel ?? "";
  if (caller.jobs !== undefined)
    throw new Fault("not-yours", `A channel is for all jobs; ${caller.name ?? "the caller"} may operate some of them.`);
  const channel = parts.scheduler.channels?.find((channel) => channel.name === name);
  if (channel === undefined) throw noSuchChannel(name);
  return channel;
}

function noSuchChannel(name: string): Fault {
  return new Fault("no-such-channel", `There is no channel ${JSON.stringify(visible(name))}.`);
}
