import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { fileJsonSchema } from "../../src/definition/files/json-schema.ts";
import { formatProblem } from "../../src/job/problem.ts";
import { parse } from "./parse.ts";

function requestOf(http: string, defaults = "{}") {
  const job = `{ schedule: "@hourly", launch: http, http: ${http} }`;
  const { jobs, problems } = parse(`defaults: ${defaults}\njobs: { ping: ${job} }`);
  const template = jobs[0]?.template;
  return template?.kind === "http" ? template : problems.map(formatProblem);
}

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(fileJsonSchema());

const withHeaders = (headers: string) => `{ url: "http://app/", headers: ${headers} }`;

describe("a header of the job and a default of it", () => {
  const inFile = { Authorization: { file: "/run/a" } };
  const literal = { Authorization: { text: "x" } };
  test.each([
    ["a text takes the place of a file", "Authorization_file: /run/a", "Authorization: x", literal],
    ["a file takes the place of a text", "Authorization: x", "Authorization_file: /run/a", inFile],
    [
      "the file's key is removed, and a text given",
      "Authorization_file: /run/a",
      "Authorization_file: , Authorization: x",
      literal,
    ],
    ["the case of the name is no matter", "authorization: y", "Authorization: x", literal],
    ["nothing takes the place of a file", "Authorization_file: /run/a", "Authorization_file: ", {}],
    ["nothing takes the place of a file, by the header's name", "Authorization_file: /run/a", "Authorization: ", {}],
    ["others stay", "Accept: text/plain", "Authorization: x", { Accept: { text: "text/plain" }, ...literal }],
  ])("%s", (_how, shared, own, headers) => {
    expect(requestOf(withHeaders(`{ ${own} }`), `{ http: { headers: { ${shared} } } }`)).toMatchObject({ headers });
    expect(
      Object.keys(Object(requestOf(withHeaders(`{ ${own} }`), `{ http: { headers: { ${shared} } } }`)).headers),
    ).toEqual(Object.keys(headers));
  });

  test("a job that has both itself is wrong", () => {
    expect(requestOf(withHeaders("{ Authorization_file: /run/a, authorization: x }"))).toEqual([
      expect.stringContaining("http.headers.authorization is a header that stands here twice"),
    ]);
  });
});

test("a job may have a traceparent of its own", () => {
  expect(requestOf(withHeaders("{ traceparent: x, tracestate: y }"))).toMatchObject({
    headers: { traceparent: { text: "x" }, tracestate: { text: "y" } },
  });
});

test.each([
  "Connection",
  "Keep-Alive",
  "Proxy-Connection",
  "proxy-authorization",
  "HTTP2-Settings",
  "TE",
  "Shipbell-Job",
])("%s is no header of a job", (name) => {
  expect(requestOf(withHeaders(`{ ${name}: x }`))).toEqual([
    expect.stringContaining(`http.headers.${name} is a header that shipbell sets itself`),
  ]);
});

test.each([
  "http:app",
  "http:/app",
  "http:///app",
  "http://\\\\app/x",
  "HTTP://app/x",
  "//app/x",
  "ftp://app/",
  "http://",
])("%s is no address, for the schema either", (url) => {
  expect(requestOf(`{ url: '${url}' }`)).toEqual([expect.stringContaining("http.url must be an address such as")]);
  const job = (url: string) => ({ schedule: "@hourly", launch: "http", http: { url } });
  expect([url, "http://app"].map((each) => validate({ jobs: { ping: job(each) } }))).toEqual([false, true]);
});
