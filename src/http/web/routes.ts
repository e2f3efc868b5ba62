import { findRun } from "../../view/find.ts";
import type { Answer } from "../answer.ts";
import { Fault } from "../fault.ts";
import type { Role, Route, RouteRequest } from "../route.ts";
import type { World } from "../world.ts";
import { channelForm, postChannelTest } from "./forms/channel-form.ts";
import { formPage } from "./forms/form-page.ts";
import {
  findGroup,
  type Group,
  groupCancelForm,
  groupPauseForm,
  groupRunForm,
  postGroupCancel,
  postGroupPause,
  postGroupResume,
  postGroupRun,
} from "./forms/group-forms.ts";
import { cancelForm, pauseAllForm, pauseForm, resetForm } from "./forms/operation-forms.ts";
import { postCancel, postPause, postPauseAll, postReset, postResume, postResumeAll } from "./forms/operations.ts";
import { postStart, startPage } from "./forms/start-form.ts";
import { outputStream } from "./output/output-stream.ts";
import { openPage, type Page } from "./page.ts";
import { awayPage } from "./pages/away-page.ts";
import { jobPage } from "./pages/job-page.ts";
import { jobsPage } from "./pages/jobs-page.ts";
import { noSuchJob, noSuchRun } from "./pages/missing.ts";
import { nodesPage } from "./pages/nodes-page.ts";
import { noticesPage } from "./pages/notices-page.ts";
import { problemsPage } from "./pages/problems-page.ts";
import { runPage } from "./pages/run-page.ts";
import { timelinePage } from "./pages/timeline-page.ts";
import { upcomingPage } from "./pages/upcoming-page.ts";

/** The addresses of the pages for people, and of the forms on them. */
export const webRoutes: readonly Route[] = [
  get("/", "status", jobsPage),
  get("/jobs/:job", "status", jobPage),
  get("/runs/:run", "status", runPage),
  { method: "GET", path: "/runs/:run/output", role: "read", answer: outputStream },
  get("/timeline", "status", timelinePage),
  get("/upcoming", "status", upcomingPage),
  get("/nodes", "status", nodesPage),
  get("/notices", "read", noticesPage),
  get("/problems", "status", problemsPage),
  get("/jobs/:job/run", "operate", (page) => ofEach(page, () => startPage(page), groupRunForm)),
  post("/jobs/:job/run", (page) => ofEach(page, () => postStart(page), postGroupRun)),
  get("/jobs/:job/pause", "operate", (page) =>
    ofEach(page, (job) => formPage(page, pauseForm(page, job)), groupPauseForm),
  ),
  post("/jobs/:job/pause", (page) => ofEach(page, () => postPause(page), postGroupPause)),
  post("/jobs/:job/resume", (page) => ofEach(page, () => postResume(page), postGroupResume)),
  get("/jobs/:job/cancel", "operate", (page) => ofGroup(page, groupCancelForm)),
  post("/jobs/:job/cancel", (page) => ofGroup(page, postGroupCancel)),
  get("/jobs/:job/reset", "operate", (page) => ofJob(page, (job) => formPage(page, resetForm(page, job)))),
  post("/jobs/:job/reset", (page) => ofJob(page, () => postReset(page))),
  get("/runs/:run/cancel", "operate", (page) => ofRun(page, (run) => formPage(page, cancelForm(page, run)))),
  post("/runs/:run/cancel", (page) => ofRun(page, () => postCancel(page))),
  get("/channels/:channel/test", "operate", (page) => formPage(page, channelForm(page))),
  post("/channels/:channel/test", postChannelTest),
  get("/pause", "operate", (page) => ofAll(page, () => formPage(page, pauseAllForm(page)))),
  post("/pause", (page) => ofAll(page, () => postPauseAll(page))),
  post("/resume", (page) => ofAll(page, () => postResumeAll(page))),
];

type Draw = (page: Page) => Answer | Promise<Answer>;

function get(path: string, role: Role, draw: Draw): Route {
  return { method: "GET", path, role, answer: (request, world) => drawPage(request, world, draw) };
}

function post(path: string, draw: Draw): Route {
  return { method: "POST", path, role: "operate", answer: (request, world) => drawPage(request, world, draw) };
}

async function drawPage(request: RouteRequest, world: World, draw: Draw): Promise<Answer> {
  const page = await openPage(request, world);
  return world.records() === undefined ? awayPage(page) : draw(page);
}

/** A job that does not exist for the caller is left alone. */
function ofJob(page: Page, draw: (job: string) => Answer | Promise<Answer>): Answer | Promise<Answer> {
  const job = page.request.params.job ?? "";
  return page.rows.row(job, page.parts) === undefined ? noSuchJob(page, job) : draw(job);
}

type DrawGroup = (page: Page, group: Group) => Answer | Promise<Answer>;

/** A job that is declared for each node may stand in its place. */
function ofEach(
  page: Page,
  drawJob: (job: string) => Answer | Promise<Answer>,
  drawGroup: DrawGroup,
): Answer | Promise<Answer> {
  const group = findGroup(page, page.request.params.job ?? "");
  return group === undefined ? ofJob(page, drawJob) : drawGroup(page, group);
}

/** What a single job does not have: it is its runs that are cancelled. */
function ofGroup(page: Page, draw: DrawGroup): Answer | Promise<Answer> {
  const job = page.request.params.job ?? "";
  const group = findGroup(page, job);
  if (group !== undefined) return draw(page, group);
  if (page.rows.row(job, page.parts) === undefined) return noSuchJob(page, job);
  const consequence = "It is one job: its runs are cancelled one by one, each on its own page.";
  return formPage(page, { title: `Cancel ${job}?`, action: "", back: `jobs/${job}`, consequence, status: 404 });
}

function ofRun(page: Page, draw: (run: string) => Answer | Promise<Answer>): Answer | Promise<Answer> {
  const run = page.request.params.run ?? "";
  return findRun(run, page.parts.records) === undefined ? noSuchRun(page, run) : draw(run);
}

/** @throws Fault `not-yours` for a caller who is limited to some jobs. */
function ofAll({ request: { caller } }: Page, draw: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
  if (caller.jobs !== undefined)
    throw new Fault("not-yours", `${caller.name} may pause and resume only some jobs, one by one.`);
  return draw();
}
