import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { openApiText } from "../../../openapi.ts";
import { apiRoutes } from "../../../src/http/api/routes.ts";
import { aWorld } from "../../support/a-world.ts";
import { ask } from "./ask.ts";

const path = join(import.meta.dirname, "../../../schema/openapi.json");
const committed = readFileSync(path, "utf8");
const document = JSON.parse(committed);

test("schema/openapi.json is what the routes and shapes say (npm run docs writes it)", () => {
  expect(committed).toBe(openApiText());
});

test("it is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  expect(await validator.validate(document)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("every route is in it, and it has no others", () => {
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
  );
  expect(documented.sort()).toEqual(apiRoutes.map(({ method, path }) => `${method} ${path}`).sort());
});

test("each address says which role it needs", () => {
  for (const { method, path, role } of apiRoutes) {
    const operation = document.paths[path.replaceAll(/:(\w+)/g, "{$1}")][method.toLowerCase()];
    expect(operation.description).toMatch(new RegExp(`Role: ${role}\\.$`));
  }
});

test("answers may have other keys in a later version, and bodies may not", () => {
  const schemas = document.components.schemas;
  expect(schemas.JobDetail).not.toHaveProperty("additionalProperties");
  const start = document.paths["/api/v1/jobs/{job}/runs"].post.requestBody.content["application/json"].schema;
  expect(start.additionalProperties).toBe(false);
});

test("the program serves it", async () => {
  expect((await ask(aWorld(), "GET /api/v1/openapi.json", { role: "status" })).json).toEqual(document);
});
