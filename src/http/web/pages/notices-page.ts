import { type ChannelsView, type ChannelView, channelsView } from "../../../view/scheduler/channels-view.ts";
import type { WaitingNotice } from "../../../view/scheduler/tellings.ts";
import { counted } from "../../../view/words/counted.ts";
import { noticeWords } from "../../../view/words/notices.ts";
import type { Answer } from "../../answer.ts";
import { resultNote } from "../forms/result-note.ts";
import { type Content, type Html, html } from "../html.ts";
import { layout } from "../layout.ts";
import { mark, state } from "../marks.ts";
import { distanceOf, momentOf, type Page } from "../page.ts";

/** Through which channels others are told, how each fares, and what waits for them. */
export function noticesPage(page: Page): Answer {
  return layout(page, {
    place: "notices",
    title: "Notices",
    note: noteOf(page),
    main: html`<div class="head"><h1>Notices</h1><p class="soft">Who is told how runs end, and what is still to be told.</p></div>
${page.live({ id: "notices", topics: "jobs scheduler problems", again: 30, draw: (attributes) => draw(page, attributes) })}`,
  });
}

/** Of a channel that there is: an address cannot name another. */
function noteOf(page: Page): Content {
  const to = page.request.query.get("to");
  const channel = page.parts.scheduler.channels?.find(({ name }) => name === to);
  return channel && resultNote(page, channel.name);
}

function draw(page: Page, attributes: Html): Html {
  const { parts, request } = page;
  const scope = request.caller.jobs === undefined ? "all" : "named";
  const view = channelsView(parts.records, parts.scheduler.channels, scope);
  return html`<div class="stack"${attributes}>${channelsCard(page, view)}${waitingCard(page, view)}</div>`;
}

function channelsCard(page: Page, { channels }: ChannelsView): Html {
  if (channels.length === 0)
    return html`<section class="card empty">${mark("none")}<strong>No channel</strong><p>No notice is sent: no job names a channel, and the scheduler has no file of channels (<code>--channels</code>).</p></section>`;
  const rows = channels.map((channel) => channelRow(page, channel));
  const does = mayTry(page) && html`<th scope="col"><span class="hear">What can be done</span></th>`;
  return html`<section class="card"><header><h2>Channels</h2><p class="soft">${channels.length}</p></header><div class="scroll" tabindex="0"><table class="channels"><caption class="hear">Channels</caption><thead><tr><th scope="col">How it stands</th><th scope="col">Channel</th><th scope="col" class="number minor">Jobs</th><th scope="col" class="number minor">Waiting</th><th scope="col" class="number minor">Told</th><th scope="col" class="number minor">Given up</th><th scope="col" class="minor">Last success</th>${does}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function channelRow(page: Page, channel: ChannelView): Html {
  const { kind, address, jobs, waiting, delivered, dropped } = channel;
  const where = kind !== undefined && html`<span class="small">${kind} · ${address}</span>`;
  return html`<tr><td>${standing(page, channel)}</td><th scope="row">${channel.channel}${where}</th><td class="number minor">${jobs}</td><td class="number minor">${waiting}</td><td class="number minor">${delivered}</td><td class="number minor">${dropped}</td><td class="minor">${lastSuccess(page, channel)}</td>${tryLink(page, channel)}</tr>
`;
}

/** A channel is for all jobs, and not for who may operate some. */
function mayTry({ may, request: { caller } }: Page): boolean {
  return may("operate") && caller.jobs === undefined;
}

function tryLink(page: Page, { channel, state: is }: ChannelView): Content {
  if (!mayTry(page)) return undefined;
  const link = html`<a class="button few" href="${page.link(`channels/${channel}/test`)}" data-dialog>Try…<span class="hear"> ${channel}</span></a>`;
  return html`<td class="does-one">${is === "defined" && link}</td>`;
}

function lastSuccess(page: Page, { state: is, lastSuccessAt }: ChannelView): Content {
  if (lastSuccessAt !== undefined) return distanceOf(lastSuccessAt, page);
  return is === "missing" ? undefined : html`<span class="soft">none since the scheduler started</span>`;
}

function standing(page: Page, channel: ChannelView): Content {
  const { state: is, troubleBecause, troubleSince, troubleAgainAt, waiting } = channel;
  if (is === "missing")
    return html`${state("failed", "missing")}<span class="small">jobs name it, and there is no such channel</span>`;
  if (troubleBecause !== undefined) {
    const since = troubleSince && html` since ${momentOf(troubleSince, page.clock(page.commonZone))}`;
    const isFinal = troubleAgainAt === undefined;
    const again = isFinal ? "; not tried again" : html`; tried again ${distanceOf(troubleAgainAt, page)}`;
    return html`${isFinal ? state("failed", "refuses") : state("overdue", "takes nothing")}<span class="small">${troubleBecause}${since}${again}</span>`;
  }
  return waiting > 0 ? state("waiting", "has to be told") : state("succeeded", "fine");
}

function waitingCard(page: Page, { channels, waiting }: ChannelsView): Content {
  if (channels.length === 0) return undefined;
  if (waiting.length === 0)
    return html`<section class="card empty">${mark("succeeded")}<strong>Nothing waits</strong><p>Every channel has heard what it was to hear.</p></section>`;
  const shown = waiting.slice(0, MOST_SHOWN);
  const more = waiting.length - shown.length;
  return html`<section class="card"><header><h2>Not told yet</h2><p class="soft">${waiting.length}</p></header><div class="scroll" tabindex="0"><table class="notices"><caption class="hear">Notices that wait, oldest first</caption><thead><tr><th scope="col">Job</th><th scope="col">What</th><th scope="col">To</th><th scope="col" class="minor">Happened</th><th scope="col" class="number minor">Tries</th><th scope="col">Next try</th><th scope="col" class="minor">Last try</th></tr></thead><tbody>${shown.map((notice) => waitingRow(page, notice))}</tbody></table></div>${more > 0 && html`<p class="in soft">And ${counted(more, "other")}.</p>`}</section>`;
}

const MOST_SHOWN = 200;

function waitingRow(page: Page, notice: WaitingNotice): Html {
  const { job, channel, run, at, tries, next, last } = notice;
  const clock = page.clock(page.commonZone);
  const about = run !== undefined && html`<span class="small"><a href="${page.link(`runs/${run}`)}">${run}</a></span>`;
  return html`<tr><th scope="row"><a href="${page.link(`jobs/${job}`)}">${job}</a></th><td>${noticeWords(notice)}${about}</td><td>${channel}</td><td class="minor">${momentOf(at, clock)}</td><td class="number minor">${tries}</td><td>${distanceOf(next, page)}</td><td class="minor">${last ?? html`<span class="soft">none yet</span>`}</td></tr>
`;
}
