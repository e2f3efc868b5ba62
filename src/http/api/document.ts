import { readFileSync } from "node:fs";
import type { Answer } from "../answer.ts";
import { API, type ApiRoute } from "./api-route.ts";

/** The API's document, which `npm run docs` makes of the routes. */
export const documentRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${API}/openapi.json`,
    role: "status",
    doc: {
      summary: "This document",
      answers: { 200: { description: "OpenAPI 3.1", contentTypes: ["application/json"] } },
    },
    answer: showDocument,
  },
];

function showDocument(): Answer {
  return { status: 200, contentType: "application/json", body: readFileSync(new URL(PLACE, import.meta.url), "utf8") };
}

/** In the bundle it is next to the program. */
const PLACE = import.meta.url.endsWith(".ts") ? "../../../schema/openapi.json" : "openapi.json";
