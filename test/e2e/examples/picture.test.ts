// @module-tag full
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureBuilt } from "../../lab/built-image.ts";
import { engineAt } from "../../lab/engine-client.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { TestFolder } from "../scheduler-process.ts";
import { Example, exampleFile } from "./example.ts";

const engine = engineAt(testEngine());
let folder: TestFolder;
let [pictures, thumbnails] = ["", ""];

beforeAll(async () => {
  await ensureBuilt(engine, "picture", exampleFile("picture/image"), "debian:bookworm-slim");
  folder = await TestFolder.make();
  [pictures, thumbnails] = [join(folder.path, "pictures"), join(folder.path, "thumbnails")];
  await chmod(folder.path, 0o755);
  for (const path of [pictures, thumbnails]) await mkdir(path, { mode: 0o755 });
  await magick("chown", "1000:1000", "/thumbnails");
  await magick("convert", "-size", "800x400", "xc:navy", "/pictures/sea.png");
  await magick("convert", "-size", "100x100", "xc:green", "/pictures/wood.gif");
  await writeFile(join(pictures, "broken.png"), "no picture");
});

afterAll(() => folder[Symbol.asyncDispose]());

/** A program of the image, on the two folders. */
function magick(program: string, ...args: readonly string[]): Promise<string> {
  const volumes = ["--volume", `${pictures}:/pictures`, "--volume", `${thumbnails}:/thumbnails`];
  return engine.docker("run", "--rm", ...volumes, "--entrypoint", program, "picture", ...args);
}

it("makes thumbnails of a bound folder's pictures, all but a broken one, and says so", async () => {
  await using example = await Example.start({
    ...{ engine, instance: "picture", schedules: "picture/picture.yml", args: ["--sources", "files"] },
    env: { PICTURES: pictures, THUMBNAILS: thumbnails, THUMBNAILS_SCHEDULE: "0 0 1 1 *" },
  });
  const first = await example.run("thumbnails");
  expect(first).toMatchObject({ code: 1, stdout: "sea.png: 320x160\nwood.gif: 100x100\n" });
  expect(first.stderr).toMatch(/broken\.png/);
  expect(await readdir(thumbnails)).toEqual(["sea.jpg", "wood.jpg"]);
  await rm(join(pictures, "broken.png"));
  expect(await example.run("thumbnails")).toMatchObject({ code: 0, stdout: "" });
  await rm(join(thumbnails, "sea.jpg"));
  expect(await example.run("thumbnails", "--input", "SIZE=64x64")).toMatchObject({
    code: 0,
    stdout: "sea.png: 64x32\n",
  });
  expect(await magick("stat", "-c", "%u %n", "/thumbnails/sea.jpg")).toBe("1000 /thumbnails/sea.jpg");
});
