import type { Answer } from "../answer.ts";
import type { Fault } from "../fault.ts";
import { html } from "./html.ts";

/** What a page about a fault is made with. */
export interface FaultPlace {
  /** The way from the address that was asked for up to the root. */
  readonly root: string;
  /** As in `World`. */
  readonly asset: (name: string) => string;
}

/** A fault as people see it. It is drawn without the world, which may be what is at fault. */
export function faultPage({ status, message, code, headers }: Fault, { root, asset }: FaultPlace): Answer {
  const title = TITLES[code] ?? "This did not work";
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · shipbell</title>
<link rel="icon" href="${root}${asset("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${root}${asset("style.css")}">
</head>
<body>
<header class="top"><a class="brand" href="${root}"><img src="${root}${asset("icon.svg")}" alt="" width="24" height="24">shipbell</a></header>
<main id="main"><section class="card empty"><p class="small">${status}</p><h1>${title}</h1><p>${message}</p><p><a class="button" href="${root}">All jobs</a></p></section></main>
</body>
</html>
`;
  return { status, contentType: "text/html; charset=utf-8", body: body.html, headers };
}

const TITLES: Readonly<Partial<Record<Fault["code"], string>>> = {
  "not-signed-in": "Sign in",
  "not-yours": "Not allowed",
  "cross-origin": "Refused: it came from another site",
  "no-such-address": "Not found",
  "method-not-allowed": "Not possible here",
  "too-large": "Too large",
  "wrong-host": "Not this name",
  "too-many-tries": "Too many tries",
  "too-many-streams": "Too many followers",
  bug: "The scheduler could not answer",
};
