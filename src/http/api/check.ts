import * as z from "zod";
import { checkProblemShape, shapeCheckProblem } from "../../view/shapes/problem-shape.ts";
import { list } from "../../view/shapes/shape.ts";
import { Fault } from "../fault.ts";
import { API, type ApiRoute } from "./api-route.ts";
import { json } from "./json-answer.ts";

const MOST_BYTES = 262_144;

const checked = z
  .object({
    jobs: z.number().int().meta({ description: "How many could be carried out." }),
    problems: list(checkProblemShape),
  })
  .meta({ id: "Checked" });

export const checkRoutes: readonly ApiRoute[] = [
  {
    method: "POST",
    path: `${API}/check`,
    role: "read",
    mostBodyBytes: MOST_BYTES,
    doc: {
      summary: "Mistakes in a schedule file",
      description: "As `shipbell check` finds them, without any other file and without variables of the scheduler.",
      bodyType: "application/yaml",
      answers: { 200: { description: "What is in it, and what is wrong with it", shape: checked } },
      faults: ["bad-request", "too-much"],
    },
    answer: async (request, world) => {
      const body = await request.body();
      if (body.kind === "none")
        throw new Fault("bad-request", "The body must be a schedule file, as application/yaml.");
      if (body.kind === "form") throw new Fault("unsupported-type", "A schedule file is application/yaml.");
      // All JSON is YAML.
      const { jobs, problems } = await world.check(body.kind === "text" ? body.text : JSON.stringify(body.value));
      return json({ jobs, problems: problems.map(shapeCheckProblem) });
    },
  },
];
