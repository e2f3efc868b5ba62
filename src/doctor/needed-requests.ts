import type { ObjectKind } from "../job/job.ts";
import type { NeededRequest } from "./looks/requests.ts";

type On = ObjectKind | "both";

/** As docs/security.md lists them, which a test compares. `GET /_ping` is not here: without it the engine does not answer. */
const TABLE: readonly (NeededRequest & { readonly on: On })[] = [
  { on: "both", request: "GET /info", without: "it is not known whether the engine is a manager of a Swarm" },
  { on: "container", request: "GET /version", without: "the log does not say the engine's version", isOptional: true },
  { on: "both", request: "GET /events", without: "ends of runs and changes are seen late" },
  { on: "service", request: "GET /services", without: "no job runs, and no label is read" },
  { on: "service", request: "GET /services/NAME", without: "no job starts" },
  { on: "service", request: "POST /services/create", without: "no job starts" },
  { on: "service", request: "POST /services/NAME/update", without: "no job starts or stops" },
  { on: "service", request: "DELETE /services/NAME", without: "what has ended is not removed" },
  { on: "service", request: "GET /services/NAME/logs", without: "what jobs print is not known" },
  { on: "service", request: "GET /tasks", without: "it is not known how runs end" },
  { on: "service", request: "GET /nodes", without: "it is not known whether the node of a run is down" },
  { on: "service", request: "GET /configs", without: "the ledger cannot be read" },
  { on: "service", request: "GET /configs/NAME", without: "the ledger cannot be read" },
  { on: "service", request: "POST /configs/create", without: "the ledger cannot be written" },
  { on: "service", request: "POST /configs/NAME/update", without: "the ledger cannot be written" },
  { on: "service", request: "DELETE /configs/NAME", without: "records of jobs that are gone stay" },
  { on: "service", request: "GET /secrets", without: "jobs with secrets do not start" },
  { on: "service", request: "POST /secrets/create", without: "jobs whose file declares secrets do not start" },
  {
    on: "service",
    request: "DELETE /secrets/NAME",
    without: "secrets of files that have changed stay",
    isOptional: true,
  },
  { on: "both", request: "GET /networks", without: "shipbell purge does not find networks", isOptional: true },
  {
    on: "both",
    request: "GET /networks/NAME",
    without: "jobs whose file declares networks do not start, and a wrong network is not told from other trouble",
  },
  { on: "both", request: "POST /networks/create", without: "jobs whose file declares networks do not start" },
  { on: "both", request: "DELETE /networks/NAME", without: "shipbell purge leaves networks", isOptional: true },
  { on: "container", request: "PUT /containers/NAME/archive", without: "jobs with secrets or configs do not start" },
  {
    on: "service",
    request: "GET /distribution/IMAGE/json",
    without: "images are not named by digest, and it is not known why one is missing",
    isOptional: true,
  },
  { on: "container", request: "GET /containers/NAME/json", without: "it is not known how runs end" },
  {
    on: "service",
    request: "GET /containers/NAME/json",
    without: "runs that lack memory on this node are not told from others",
    isOptional: true,
  },
  { on: "both", request: "GET /containers/NAME/stats", without: "it is not known what runs use", isOptional: true },
  { on: "container", request: "GET /images/IMAGE/json", without: "it is not known whether an image is missing" },
  {
    on: "service",
    request: "GET /images/IMAGE/json",
    without: "it is not known which image a run had",
    isOptional: true,
  },
  { on: "container", request: "GET /containers/json", without: "no job runs, and no label is read" },
  { on: "container", request: "GET /containers/NAME/logs", without: "what jobs print is not known" },
  { on: "container", request: "POST /containers/create", without: "no job starts" },
  { on: "container", request: "POST /containers/NAME/start", without: "no job starts" },
  { on: "container", request: "POST /containers/NAME/rename", without: "a start without an answer is not repeated" },
  { on: "container", request: "POST /containers/NAME/stop", without: "no run is stopped" },
  { on: "container", request: "DELETE /containers/NAME", without: "what has ended is not removed" },
  { on: "container", request: "POST /networks/NAME/connect", without: "jobs with two networks do not start" },
  { on: "container", request: "POST /images/create", without: "no image is pulled" },
];

const FOR_EXEC: readonly NeededRequest[] = [
  "POST /containers/NAME/exec",
  "POST /exec/ID/start",
  "GET /exec/ID/json",
  "GET /containers/NAME/top",
].map((request) => ({ request, without: "jobs with launch: exec do not start" }));

/** Returns the requests that jobs need on this kind of engine. `hasExec`: some of them run in containers that run already. */
export function neededRequests(on: ObjectKind, hasExec: boolean): readonly NeededRequest[] {
  const own = TABLE.filter((row) => row.on === on || row.on === "both").map(({ on: _on, ...row }) => row);
  return hasExec ? [...own, ...FOR_EXEC] : own;
}
