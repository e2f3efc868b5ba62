import { type Content, type Html, html } from "./html.ts";

/**
 * The shapes of states, 16 units wide, in the colour of the text next to them. Each is known by its shape alone; the word
 * stands next to it, or in the title of the drawing that it is part of.
 */
const SHAPES = {
  succeeded: html`<circle cx="8" cy="8" r="4.5"/>`,
  failed: html`<path d="M4 4l8 8M12 4l-8 8" class="stroke"/>`,
  rejected: html`<path d="M3.9 3.9l8.2 8.2M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6z" class="stroke"/>`,
  "timed-out": html`<path d="M8 4.5V8l2.5 1.8M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6z" class="stroke"/>`,
  replaced: html`<path d="M2.5 5.5h9.5m-2.5-2.5l2.7 2.5-2.7 2.5M13.5 10.8H4m2.5-2.5L3.8 10.8l2.7 2.5" class="stroke"/>`,
  cancelled: html`<rect x="4" y="4" width="8" height="8"/>`,
  lost: html`<path d="M5.2 5.6a2.8 2.8 0 1 1 4.3 2.5c-1 .6-1.5 1-1.5 2.2M8 13v.2" class="stroke"/>`,
  running: html`<path d="M5 3.2v9.6L13 8z"/>`,
  slow: html`<path d="M2 3.7v8.6L8.2 8zM8.4 3.7v8.6L14.6 8z"/>`,
  waiting: html`<path d="M8 2.8a5.2 5.2 0 1 0 0 10.4a5.2 5.2 0 1 0 0-10.4z" class="stroke" stroke-dasharray="2 2.1"/>`,
  paused: html`<path d="M5.5 3.5v9M10.5 3.5v9" class="stroke"/>`,
  overdue: html`<path d="M8 1.8L15 14H1zM8 6v4M8 11.8v.4" class="stroke"/>`,
  skipped: html`<path d="M3.5 8h9" class="stroke"/>`,
  missed: html`<circle cx="8" cy="8" r="4.5" class="stroke"/>`,
  kept: html`<rect x="3.5" y="3.5" width="9" height="9" class="stroke"/>`,
  none: html`<path d="M5.5 8h.1M8 8h.1M10.5 8h.1" class="stroke"/>`,
} satisfies Readonly<Record<string, Html>>;

/** What is not drawn one by one, and what is not known. */
const HATCHES = html`<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M3 0v6" class="hatch"/></pattern><pattern id="hatch-due" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M4 2v4" class="hatch"/></pattern>`;

export type Mark = keyof typeof SHAPES;

/** The drawings that `mark` points to; each page has them once. */
export function markShapes(): Html {
  const shapes = Object.entries(SHAPES).map(
    ([name, shape]) => html`<symbol id="m-${name}" viewBox="0 0 16 16">${shape}</symbol>`,
  );
  return html`<svg class="shapes" aria-hidden="true">${shapes}${HATCHES}</svg>`;
}

/** The shape, which says nothing to a screen reader: its word comes after it. */
export function mark(name: Mark): Html {
  return html`<svg class="mark ${name}" aria-hidden="true"><use href="#m-${name}"/></svg>`;
}

/** Shape and word. */
export function state(name: Mark, words: Content = name): Html {
  return html`<span class="state ${name}">${mark(name)}${words}</span>`;
}
