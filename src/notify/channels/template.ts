import Mustache from "mustache";
import { shown } from "../../definition/values/issue.ts";
import { nearestWord } from "../../job/problem.ts";
import { cloudEvent } from "../../view/notice/cloud-event.ts";
import type { NoticeEvent } from "../../view/notice/notice-event.ts";
import { noticeDataShape } from "../../view/notice/notice-shape.ts";
import { sampleEvents } from "../../view/notice/sample-events.ts";
import { escapeHtml } from "../inert.ts";
import type { Wrong } from "../options.ts";

const OF_DATA = Object.keys(noticeDataShape.unwrap().shape);
const OF_EVENT = ["id", "source", "type", "time"] as const;
const FIELDS = [...OF_DATA, ...OF_EVENT];

/**
 * Fills a template of mustache in: `{{title}}` is the title, escaped for the type of the body, and `{{{json.title}}}` is
 * it as a literal of JSON, `null` where there is none. Never throws for a template in which nothing is wrong.
 */
export function renderTemplate(template: string, event: NoticeEvent, contentType: string): string {
  const { id, source, type, time, data } = cloudEvent(event);
  const view: Readonly<Record<string, unknown>> = { ...data, id, source, type, time };
  const json = Object.fromEntries(FIELDS.map((field) => [field, JSON.stringify(view[field] ?? null)]));
  // A writer of its own: Mustache's keeps every template that it has seen.
  const writer = new Mustache.Writer();
  return writer.render(template, { ...view, json }, undefined, { escape: escapeFor(contentType) });
}

/** Says whether a body is no JSON under a type of JSON, before it is needed: it is tried with a sample of each kind of notice. */
export function wrongJson(template: string, contentType: string): readonly Wrong[] {
  if (!isJson(contentType)) return [];
  const failing = sampleEvents().find((event) => !isReadable(renderTemplate(template, event, contentType)));
  if (failing === undefined) return [];
  return [
    {
      key: "body",
      message: `gives no JSON for a notice of the kind ${failing.data.kind}, and content_type is ${contentType}`,
      hint: 'write {{{json.title}}} without quotes around it, or "{{title}}" with them',
    },
  ];
}

/** Says what is wrong with a template by itself. */
export function wrongTemplate(template: string): Omit<Wrong, "key"> | undefined {
  let tokens: readonly Token[];
  try {
    tokens = new Mustache.Writer().parse(template) as unknown as readonly Token[];
  } catch {
    // Mustache's own message quotes the template.
    return { message: "has a {{ that is not closed, or a section without its end", hint: "write {{title}}" };
  }
  const names = [...namesOf(tokens)];
  const isPartial = names.some(({ sign }) => sign === ">");
  if (isPartial) return { message: "cannot include other templates", hint: "leave {{>…}} out" };
  const name = names.find(({ name }) => !isKnown(name))?.name;
  if (name === undefined) return undefined;
  const bare = name.replace(/^json\./, "");
  const nearest = nearestWord(bare, FIELDS);
  if (nearest === undefined)
    return { message: "names a field that notices do not have", hint: `there are ${FIELDS.join(", ")}` };
  const message = `names the field ${shown(name)}, which notices do not have`;
  return { message, hint: `did you mean ${name.replace(bare, nearest)}?` };
}

/** Sign, name, begin and end; of a section also what is in it. */
type Token = readonly [sign: string, name: string, begin: number, end: number, inner?: readonly Token[]];

function* namesOf(tokens: readonly Token[]): Generator<{ readonly sign: string; readonly name: string }> {
  for (const [sign, name, , , inner] of tokens) {
    if (["name", "&", "#", "^", ">"].includes(sign)) yield { sign, name };
    if (Array.isArray(inner)) yield* namesOf(inner);
  }
}

function isKnown(name: string): boolean {
  return name === "." || FIELDS.includes(name.replace(/^json\./, ""));
}

function isJson(contentType: string): boolean {
  return /[/+]json\b/i.test(contentType);
}

function isReadable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function escapeFor(contentType: string): (value: unknown) => string {
  if (isJson(contentType)) return (value) => JSON.stringify(String(value)).slice(1, -1);
  if (/x-www-form-urlencoded/i.test(contentType)) return (value) => encodeURIComponent(String(value).toWellFormed());
  if (/[/+](?:xml|html)\b/i.test(contentType)) return (value) => escapeHtml(String(value));
  return String;
}
