import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { StaticFiles } from "../../src/http/static.ts";

const ASSETS = join(import.meta.dirname, "../../src/http/web/assets");

describe("a file of the pages", () => {
  const files = new StaticFiles();
  const names = [...readdirSync(ASSETS), "idiomorph.js"];

  it.each(names)("%s has an address that changes with what it holds, and may be kept for ever", (name) => {
    const path = files.path(name);
    const [, hash = ""] = /^static\/([0-9a-f]{8})\/[\w.-]+$/.exec(path) ?? [];
    const { status, contentType, headers, body } = files.answer({ hash, name });
    expect([status, headers]).toEqual([200, { "Cache-Control": "public, max-age=31536000, immutable" }]);
    expect(contentType).toMatch(/^(text\/css; charset=utf-8|text\/javascript; charset=utf-8|image\/svg\+xml)$/);
    expect(String(body).length).toBeGreaterThan(0);
  });

  it("is there for a page of another version, for this once", () => {
    expect(files.answer({ hash: "0", name: "icon.svg" }).headers).toEqual({ "Cache-Control": "no-store" });
  });

  it.each(["nothing.css", "..", "../routes.ts", "constructor", "icon.svg/"])("%s is none", (name) => {
    expect(() => files.answer({ hash: "0", name })).toThrow("There is no such file.");
    expect(() => files.path(name)).toThrow();
  });
});
