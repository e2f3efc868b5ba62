import { LONGEST_REASON } from "../../../job/reason.ts";
import type { Answer } from "../../answer.ts";
import { type Content, html } from "../html.ts";
import { layout, type Place } from "../layout.ts";
import { mark } from "../marks.ts";
import type { Page } from "../page.ts";

export interface Form {
  /** Where it belongs in the header. Default: `jobs`. */
  readonly place?: Place;
  /** What is done, as a question or an order: "Run backup now". */
  readonly title: string;
  /** Where the form is sent to, and where its reader came from, both relative to the root. */
  readonly action: string;
  readonly back: string;
  /** What will happen, in words. */
  readonly consequence: Content;
  readonly fields?: Content;
  /** On the button; absent where it cannot be done. */
  readonly submit?: string;
  /** Something is stopped or lost by it. */
  readonly isSerious?: boolean;
  /** Why the form that was sent was not carried out. */
  readonly refused?: string;
  /** Of that answer. */
  readonly status?: number;
}

/** A form on a page of its own; `dialog.js` shows the same in a dialog. It says what happens before it happens. */
export function formPage(page: Page, form: Form): Answer {
  const { place = "jobs", title, action, back, consequence, fields, submit, isSerious, refused, status } = form;
  const button =
    submit !== undefined && html`<button class="button main${isSerious === true && " serious"}">${submit}</button>`;
  const card = html`<section class="card form" id="form"><h1 id="form-title">${title}</h1>
<form class="in" method="post" action="${page.link(action)}">
${refused !== undefined && html`<p class="refused" role="alert">${mark("failed")}<span>${refused}</span></p>`}
<div class="consequence">${consequence}</div>
${fields}
<p class="does">${button}<a class="button" href="${page.link(back)}" data-close>${submit === undefined ? "Back" : "Not now"}</a></p>
</form></section>`;
  if (page.wanted?.has("form") === true) page.fragments.push(card);
  return layout(page, { place, title, main: card, ...(status !== undefined && { status }) });
}

/** A line of text that goes with what is done. */
export function reasonField(value = ""): Content {
  return html`<label class="field"><span>Why <span class="soft">(kept with it, optional)</span></span><input name="reason" maxlength="${LONGEST_REASON}" value="${value}" autocomplete="off"></label>`;
}
