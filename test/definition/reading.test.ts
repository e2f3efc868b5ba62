import { describe, expect, test } from "vitest";
import { type KnownJob, mayDeclare, type Unread } from "../../src/definition/reading.ts";
import type { SourceName } from "../../src/job/job.ts";

const known = (name: string, source?: SourceName, unit = ""): KnownJob => ({
  name,
  ...(source !== undefined && { origin: { source, unit } }),
});

const web: Unread = { source: "services", unit: "Blog_web" };
const file: Unread = { source: "files", unit: "schedules/b.yml" };

describe("what cannot be read may declare", () => {
  test.each<[string, Unread, KnownJob]>([
    ["the job that it is known to speak of", { ...web, job: "blog_web.report" }, known("blog_web.report")],
    ["the job with the object's own name", web, known("blog_web")],
    ["a job of the object, wherever that was declared before", web, known("blog_web.report", "files", "a.yml")],
    ["a job that the text of its file names", { ...file, text: "jobs:\n  shop: {" }, known("shop", "files", "a.yml")],
    [
      "any job, where the text has letters in disguise",
      { ...file, text: 'jobs: {"\\x73hop": ' },
      known("shop", "services"),
    ],
    ["a job of its file, where not even the text can be read", file, known("shop", "files", "schedules/b.yml")],
    ["a job of which an older shipbell did not note where it was declared", file, known("shop")],
    ["a job of its source, where that was never read", { source: "files" }, known("shop", "files", "a.yml")],
    ["any other of which that is not known", { source: "files" }, known("shop")],
  ])("%s", (_what, unread, job) => expect(mayDeclare(unread, job)).toBe(true));
});

describe("what cannot be read does not declare", () => {
  test.each<[string, Unread, KnownJob]>([
    ["another job than the one it speaks of", { ...web, job: "blog_web.report" }, known("blog_web")],
    ["the jobs of another object", web, known("shop_backup", "services", "shop_backup")],
    ["jobs of an object whose name begins alike", web, known("blog_web2")],
    ["any job, where no job name can be made of the object's", { source: "services", unit: "___" }, known("shop")],
    [
      "a job that its text does not name, even if it did before",
      { ...file, text: "jobs: {" },
      known("shop", "files", file.unit),
    ],
    ["jobs of other files, where its text cannot be read", file, known("shop", "files", "schedules/a.yml")],
    ["jobs of another source, where its text cannot be read", file, known("shop", "services", "schedules/b.yml")],
    ["jobs of another source, where its own was never read", { source: "containers" }, known("shop", "files", "a.yml")],
  ])("%s", (_what, unread, job) => expect(mayDeclare(unread, job)).toBe(false));
});
