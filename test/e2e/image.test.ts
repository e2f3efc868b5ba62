import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import { testEngine } from "../lab/test-engine.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));

it("the image says in OCI labels what it is, and from which commit", async () => {
  const engine = engineAt(testEngine());
  await ensureShipbellImage([engine]);
  const labels = await engine.docker("image", "inspect", "--format", "{{json .Config.Labels}}", SHIPBELL_IMAGE);
  expect(JSON.parse(labels)).toMatchObject({
    "org.opencontainers.image.title": "shipbell",
    "org.opencontainers.image.licenses": "MIT",
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.revision": expect.stringMatching(/^([0-9a-f]{40}(-dirty)?)?$/),
  });
});
