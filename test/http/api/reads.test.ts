import { describe, expect, test } from "vitest";
import { apiRoutes } from "../../../src/http/api/routes.ts";
import { ROLES } from "../../../src/http/route.ts";
import { SITUATIONS, setStage } from "../../stage/stage.ts";
import { ask } from "./ask.ts";

describe.each(SITUATIONS)("%s: every address of a GET is answered as the document says", async (situation) => {
  const { world } = await setStage(situation);
  const job = world.scheduler().jobs.keys().next().value ?? "none";
  const run = world.records()?.get(job)?.runs.at(-1)?.id ?? "none";
  const gets = apiRoutes.filter(({ method, path }) => method === "GET" && !path.endsWith("/events"));
  test.each(gets.map(({ path }) => path))("%s", async (path) => {
    const address = path.replace(":job", job).replace(":run", run);
    for (const role of ROLES) {
      const { status, json } = await ask(world, `GET ${address}`, { role });
      if (situation === "ledger-away" && status !== 403 && !/problems|openapi/.test(path))
        expect(json.code).toBe("ledger-unavailable");
      // No job of the stage is declared for each node.
      else if (path.includes("/groups/")) expect([403, 404]).toContain(status);
      else if (situation !== "empty") expect([200, 403]).toContain(status);
    }
  });
});
