import * as z from "zod";
import { list } from "../../view/shapes/shape.ts";
import type { Answer } from "../answer.ts";
import { FAULT_STATUS, type Fault, type FaultCode } from "../fault.ts";
import { ApiFault } from "./api-fault.ts";
import { jsonText } from "./json-answer.ts";

const code = z.enum(Object.keys(FAULT_STATUS) as [FaultCode, ...FaultCode[]]);
const ofGroup = { job: z.string(), run: z.exactOptional(z.string()) };

/** What keeps a request from being carried out (RFC 9457). What it is, programs read from `code`. */
export const faultShape = z
  .object({
    type: z.literal("about:blank"),
    title: z.string().meta({ description: "The status in words." }),
    status: z.number().int(),
    code,
    detail: z.string().meta({ description: "A sentence or two for people." }),
    job: z.exactOptional(z.string()),
    run: z.exactOptional(z.string()).meta({ description: "The run that is meant, or in the way." }),
    didYouMean: z.exactOptional(z.string()),
    inputs: z.exactOptional(list(z.object({ input: z.string(), message: z.string() }))).meta({
      description: "What is wrong with each input.",
    }),
    done: z.exactOptional(list(z.object(ofGroup))).meta({
      description: "Of a job on all its nodes: for which of them it was done all the same.",
    }),
    refused: z.exactOptional(list(z.object({ ...ofGroup, code, detail: z.string() }))).meta({
      description:
        "Of a job on all its nodes: for which of them it was not done, and why. `code` and `detail` above are those of the first.",
    }),
  })
  .meta({ id: "Fault" });

/** A fault as the API tells of it. */
export function faultProblem(fault: Fault): Answer {
  const { status, code, message, headers } = fault;
  // An import would read every export of node:http, and with that load undici.
  const { STATUS_CODES } = process.getBuiltinModule("node:http");
  const facts = fault instanceof ApiFault ? fault.facts : {};
  const problem = { type: "about:blank", title: STATUS_CODES[status], status, code, detail: message, ...facts };
  return { status, contentType: "application/problem+json", body: jsonText(problem), headers };
}
