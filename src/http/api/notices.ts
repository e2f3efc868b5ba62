import * as z from "zod";
import { NOTICE_KINDS } from "../../job/notify.ts";
import { nearestWord } from "../../job/problem.ts";
import { channelsView } from "../../view/scheduler/channels-view.ts";
import { noticesShape, shapeNotices, shapeTried, triedShape } from "../../view/shapes/channel-shape.ts";
import { Fault } from "../fault.ts";
import { ApiFault } from "./api-fault.ts";
import { API, type ApiRoute } from "./api-route.ts";
import { json } from "./json-answer.ts";
import { readBody } from "./read-request.ts";
import { seenRecords } from "./seen.ts";

const testBody = z.strictObject({
  kind: z.enum(NOTICE_KINDS).optional().meta({ description: "What it tells; `failed` when absent." }),
});

export const noticeRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${API}/notices`,
    role: "read",
    doc: {
      summary: "Channels, and the notices that wait for them",
      answers: { 200: { description: "The channels and notices", shape: noticesShape } },
      faults: ["ledger-unavailable"],
    },
    answer: ({ caller }, world) => {
      const scope = caller.jobs === undefined ? "all" : "named";
      return json(shapeNotices(channelsView(seenRecords(caller, world), world.scheduler().channels, scope)));
    },
  },
  {
    method: "POST",
    path: `${API}/channels/:channel/test`,
    role: "operate",
    doc: {
      summary: "A notice that tries a channel",
      description: "It is really sent, once, and says that it is a test. For callers who may operate all jobs.",
      body: testBody,
      answers: {
        200: { description: "What came of it; `delivered` says whether the channel took it", shape: triedShape },
      },
      faults: ["bad-request", "no-such-channel"],
    },
    answer: async (request, world) => {
      const { caller, params, gone } = request;
      const name = params.channel ?? "";
      const { kind = "failed" } = await readBody(testBody, request);
      if (caller.jobs !== undefined)
        throw new Fault(
          "not-yours",
          `A channel is for all jobs; ${caller.name ?? "the caller"} may operate some of them.`,
        );
      const tried = await world.tryChannel(name, { kind, signal: gone });
      if (tried === undefined) throw noSuchChannel(name, world.scheduler().channels ?? []);
      request.noteAsked({ what: "test", channel: name });
      return json(shapeTried(tried));
    },
  },
];

function noSuchChannel(name: string, channels: readonly { readonly name: string }[]): ApiFault {
  const nearest = nearestWord(
    name,
    channels.map(({ name }) => name),
  );
  return new ApiFault("no-such-channel", `There is no channel ${JSON.stringify(name)}.`, {
    ...(nearest !== undefined && { didYouMean: nearest }),
  });
}
