import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Content, html } from "../../../src/http/web/html.ts";

const unescapes = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
const readBack = (text: string) =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => unescapes[entity as keyof typeof unescapes]);

describe("html", () => {
  it("escapes what it is given, and not what it has made itself", () => {
    const name = `<img src=x onerror="alert('1')"> & co`;
    const link = html`<a title="${name}">${name}</a>`;
    const escaped = "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co";
    expect(link.html).toBe(`<a title="${escaped}">${escaped}</a>`);
    expect(html`<p>${link}</p>`.html).toBe(`<p>${link.html}</p>`);
  });

  it("puts the items of lists one after the other, and nothing for what is absent", () => {
    const rows = ["a", "<b>"].map((name) => html`<li>${name}</li>`);
    expect(html`<ul>${rows}${undefined}${false}${0}</ul>`.html).toBe("<ul><li>a</li><li>&lt;b&gt;</li>0</ul>");
  });

  it("takes nothing for HTML that only looks like it", () => {
    const forged = { html: "<script>" } as unknown as Content;
    expect(() => html`${forged}`).toThrow();
    expect(html`${[JSON.parse('"<script>"') as string]}`.html).toBe("&lt;script&gt;");
  });

  it("lets no text leave its place, whatever characters it has", () => {
    const hostile = fc.string({
      unit: fc.oneof(fc.constantFrom(..."<>&\"'`=/ \0"), fc.string({ unit: "binary", minLength: 1, maxLength: 1 })),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const { html: written } = html`${text}`;
        expect(written).not.toMatch(/[<>"'\0]/);
        expect(readBack(written)).toBe(text.replaceAll("\0", "\uFFFD"));
      }),
    );
  });
});
