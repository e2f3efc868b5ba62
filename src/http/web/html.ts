/** Text that is HTML. Only `html` makes it, so whatever else a page is given is escaped. */
export interface Html {
  readonly html: string;
  /** Keeps values that merely look like this type from being taken for HTML. */
  readonly [MADE_HERE]: true;
}

const MADE_HERE = Symbol("made by html");

/** What a template may contain. Absent values and `false` give nothing; the items of a list follow each other. */
export type Content = Html | string | number | undefined | false | readonly Content[];

/**
 * Makes HTML from a template: every `${…}` is escaped, except what another `html` has made. The text of a template is
 * trusted; it puts attributes into double quotes.
 */
export function html(texts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  let made = texts[0] ?? "";
  for (const [index, content] of contents.entries()) made += write(content) + (texts[index + 1] ?? "");
  return { html: made, [MADE_HERE]: true };
}

function write(content: Content): string {
  if (content === undefined || content === false) return "";
  if (typeof content === "string") return escapeHtml(content);
  if (typeof content === "number") return String(content);
  if (isHtml(content)) return content.html;
  return content.map(write).join("");
}

function isHtml(content: Html | readonly Content[]): content is Html {
  return Object.hasOwn(content, MADE_HERE);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // HTML has no character with the number 0.
  "\0": "\uFFFD",
};

/** Returns the text as it stands between tags, or between the quotes of an attribute. */
function escapeHtml(text: string): string {
  return /[&<>"'\0]/.test(text) ? text.replaceAll(/[&<>"'\0]/g, (character) => ESCAPES[character] ?? "") : text;
}
