import { CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { OutgoingRequest } from "../../../src/notify/channel.ts";
import type { NoticeEvent } from "../../../src/view/notice/notice-event.ts";
import { sampleEvents } from "../../../src/view/notice/sample-events.ts";
import { aChannel, isRequest, SIGNING_SECRET } from "./a-channel.ts";

const OTHER_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

async function request(channel: string, event: NoticeEvent = sample()): Promise<OutgoingRequest> {
  const message = (await aChannel(channel)).message([event], new Date());
  isRequest(message);
  return message;
}

function sample(): NoticeEvent {
  const [event] = sampleEvents();
  if (event === undefined) throw new Error("no sample");
  return event;
}

describe("a signature", () => {
  const signed = `{kind: webhook, url: https://x.example/, secret: ${SIGNING_SECRET}}`;

  it.each(sampleEvents())("of $data.kind ($data.state) is what standardwebhooks verifies", async (event) => {
    const { headers, body } = await request(signed, event);
    expect(new Webhook(SIGNING_SECRET).verify(body, headers)).toEqual(JSON.parse(body));
    expect(headers["webhook-id"]).toBe(event.id);
  });

  it("is none of a body that was changed, or of another secret", async () => {
    const { headers, body } = await request(signed);
    expect(() => new Webhook(SIGNING_SECRET).verify(body.replace("failed", "fine"), headers)).toThrow("No matching");
    expect(() => new Webhook(OTHER_SECRET).verify(body, headers)).toThrow("No matching");
  });

  it("is there once for each secret, so that a receiver may change it", async () => {
    const both = `{kind: webhook, url: https://x.example/, secret: "${SIGNING_SECRET} ${OTHER_SECRET}"}`;
    const { headers, body } = await request(both);
    for (const secret of [SIGNING_SECRET, OTHER_SECRET]) expect(new Webhook(secret).verify(body, headers)).toBeTruthy();
  });

  it("is also over a body of one's own", async () => {
    const own = `{kind: webhook, url: https://x.example/, secret: ${SIGNING_SECRET}, body: '{"text": {{{json.title}}}}'}`;
    const { headers, body } = await request(own);
    expect(new Webhook(SIGNING_SECRET).verify(body, headers)).toEqual({ text: "backup failed (exit code 2)" });
  });
});

it("a receiver with the library of CloudEvents reads the request", async () => {
  const { headers, body } = await request("{kind: webhook, url: https://x.example/}");
  expect(HTTP.isEvent({ headers, body })).toBe(true);
  const event = HTTP.toEvent({ headers, body });
  if (!(event instanceof CloudEvent)) throw new Error("a batch");
  expect([event.id, event.type, event.subject]).toEqual([sample().id, "shipbell.run.failed", "backup"]);
});

describe("a body of one's own", () => {
  const bodyOf = async (body: string, type = "application/json", event?: NoticeEvent) =>
    (
      await request(
        `{kind: webhook, url: https://x.example/, content_type: ${type}, body: ${JSON.stringify(body)}}`,
        event,
      )
    ).body;
  const nasty = () => {
    const event = sample();
    return { ...event, data: { ...event.data, text: 'say "no"\n<b>&amp;</b> \\ é' } };
  };

  it("has literals of JSON", async () => {
    expect(await bodyOf("[{{{json.title}}}, {{{json.exit_code}}}, {{{json.reason}}}, {{{json.output}}}]")).toBe(
      '["backup failed (exit code 2)", 2, null, ["reading /srv/data","writing to s3://backups","error: no space left on device"]]',
    );
  });

  it("has texts that are escaped for its type", async () => {
    expect(JSON.parse(await bodyOf('{"a": "{{text}}"}', "application/json", nasty()))).toEqual({
      a: nasty().data.text,
    });
    expect(await bodyOf("t={{text}}", "application/x-www-form-urlencoded", nasty())).toBe(
      "t=say%20%22no%22%0A%3Cb%3E%26amp%3B%3C%2Fb%3E%20%5C%20%C3%A9",
    );
    expect(await bodyOf("<p>{{text}}</p>", "text/html", nasty())).toBe(
      "<p>say &quot;no&quot;\n&lt;b&gt;&amp;amp;&lt;/b&gt; \\ é</p>",
    );
    expect(await bodyOf("{{text}}", "text/plain", nasty())).toBe(nasty().data.text);
  });

  it("has sections for what is there, and for lists", async () => {
    expect(
      await bodyOf("{{#exit_code}}code {{exit_code}}{{/exit_code}}{{^reason}}, no reason{{/reason}}", "text/plain"),
    ).toBe("code 2, no reason");
    expect(await bodyOf("{{#output}}<{{.}}>{{/output}}", "text/plain")).toBe(
      "<reading /srv/data><writing to s3://backups><error: no space left on device>",
    );
  });

  it("of Apprise's own server is one line", async () => {
    const apprise = '{"title": {{{json.title}}}, "body": {{{json.text}}}, "type": "{{#outcome}}failure{{/outcome}}"}';
    expect(JSON.parse(await bodyOf(apprise))).toMatchObject({ title: "backup failed (exit code 2)", type: "failure" });
  });
});

it("headers are the operator's, except those that the request needs", async () => {
  const { headers } = await request("{kind: webhook, url: https://x.example/, token: t, headers: {X-Team: ops}}");
  expect(headers).toMatchObject({ "X-Team": "ops", authorization: "Bearer t" });
});

it("one channel of a webhook never becomes a digest", async () => {
  expect((await aChannel("{kind: webhook, url: https://x.example/}")).groups).toBe(false);
});
