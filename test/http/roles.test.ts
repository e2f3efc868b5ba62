import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashToken } from "../../src/http/access/tokens.ts";
import { apiRoutes } from "../../src/http/api/routes.ts";
import { ROLES, type Role, type Route } from "../../src/http/route.ts";
import { webRoutes } from "../../src/http/web/routes.ts";
import { type Stage, setStage } from "../stage/stage.ts";
import { standingClock } from "../support/standing-clock.ts";
import { serveRoutes } from "./served.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
const SYSTEM: readonly Pick<Route, "method" | "path" | "role">[] = [
  { method: "GET", path: "/healthz", role: "none" },
  { method: "GET", path: "/readyz", role: "none" },
  { method: "GET", path: "/metrics", role: "read" },
  { method: "GET", path: "/sign-in", role: "status" },
  { method: "GET", path: "/static/:hash/:name", role: "none" },
];
const routes = [...SYSTEM, ...webRoutes, ...apiRoutes];
const paths = [...new Set(routes.map(({ path }) => path))];

const FILE = `
anonymous: none
metrics: read
tokens:
  status: {sha256: ${hashToken("sb_status")}, role: status}
  read: {sha256: ${hashToken("sb_read")}, role: read}
  operate: {sha256: ${hashToken("sb_operate")}, role: operate}
`;

let stage: Stage;
let server: Awaited<ReturnType<typeof serveRoutes>>;
let names: Readonly<Record<string, string>>;
/** How often a record was to be changed. */
let changes = 0;
beforeAll(async () => {
  stage = await setStage("typical");
  stage.ledger.onUpdate = async () => void changes++;
  const world = { ...stage.world, clock: standingClock(stage.clock.now()) };
  server = await serveRoutes({ auth: FILE, world });
  const record = [...(stage.world.records()?.values() ?? [])].find(({ runs }) => runs.length > 0);
  names = { job: record?.job ?? "", run: record?.runs[0]?.id ?? "", hash: "0", name: "icon.svg" };
});
afterAll(() => server.stop());

function addressOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => names[name] ?? "x");
}

/** The body is one that a program sends: what keeps browsers out has tests of its own. */
function ask(method: string, path: string, role: Role) {
  const headers = {
    "content-type": "application/json",
    ...(role !== "none" && { authorization: `Bearer sb_${role}` }),
  };
  const body = method === "POST" ? { body: "{}" } : {};
  return server.send(method, addressOf(path), { headers, headOnly: true, ...body });
}

describe.each(paths)("%s", (path) => {
  const own = routes.filter((route) => route.path === path);

  it.each(ROLES)("gives the role %s what it may have, by each method", async (role) => {
    for (const method of METHODS) {
      const route = own.find((one) => one.method === (method === "HEAD" ? "GET" : method));
      const before = { changes, instance: await stage.ledger.readInstance() };
      const { status, headers } = await ask(method, path, role);
      const place = `${method} ${path} as ${role}`;
      if (route === undefined) {
        expect(status, place).toBe(405);
        expect(headers.allow, place).toBe(allowedOf(own));
      } else if (ROLES.indexOf(role) < ROLES.indexOf(route.role)) {
        expect(status, place).toBe(role === "none" ? 401 : 403);
      } else {
        expect([401, 403, 405, 421, 500], place).not.toContain(status);
      }
      if (role === "operate") continue;
      expect({ changes, instance: await stage.ledger.readInstance() }, place).toEqual(before);
    }
  });
});

function allowedOf(own: readonly Pick<Route, "method">[]): string {
  return [...new Set(own.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])))].join(", ");
}

it("what changes something needs the role operate, and is asked for by POST", () => {
  const changing = [...webRoutes, ...apiRoutes].filter(({ method }) => method === "POST");
  const harmless = ["/api/v1/check"];
  expect(changing.filter(({ role, path }) => role !== "operate" && !harmless.includes(path))).toEqual([]);
});

it("what operators do is seen in the ledger", () => expect(changes).toBeGreaterThan(0));

it("no answer is an error of ours", () => expect(server.errors).toEqual([]));
