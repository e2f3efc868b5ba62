/**
 * Keeps an open page fresh. Events say which jobs have changed; what shows them is fetched as HTML, at most once a second, and
 * morphed into the page, so that focus, selection and scrolling stay.
 */
const { root, morph, upTo } = document.body.dataset;
const GONE_AFTER_MS = 60_000;
const POLL_EVERY_MS = 30_000;
const BAD = ["failed", "rejected", "timed-out", "lost"];

const state = document.getElementById("live-state");
const said = document.getElementById("said");
const asOf = Date.parse(document.getElementById("as-of")?.dateTime ?? "") || Date.now();
/** By the scheduler's clock. */
const now = () => asOf + performance.now();

let stream;
/** What was drawn or heard of last: a new stream goes on behind it. */
let place = upTo;
let lostAt;
let pollTimer;
let hideTimer;
let jobsNoted = false;
/** Topics that have changed; `*` stands for all. */
const changed = new Set();
let fetching = false;
let fetchedAt = 0;
/** Some browsers keep that a module could not be loaded: with another fragment they ask for it again. */
let failures = 0;

function connect() {
  stream?.close();
  stream = new EventSource(`${root}api/v1/events?topics=jobs,problems,scheduler&after=${encodeURIComponent(place)}`);
  stream.onopen = () => {
    clearTimeout(pollTimer);
    if (lostAt !== undefined) note("*");
    connected();
  };
  stream.onerror = () => {
    lost("the connection was lost");
    // The browser connects again by itself, unless the answer was a refusal.
    if (stream.readyState === EventSource.CLOSED) pollTimer = setTimeout(poll, POLL_EVERY_MS);
  };
  hear("job", ({ data }) => {
    note(`job-${JSON.parse(data).job}`);
    // What is about all jobs costs more, and is drawn less often.
    if (jobsNoted) return;
    jobsNoted = true;
    setTimeout(() => {
      jobsNoted = false;
      note("jobs");
    }, 3000);
  });
  hear("run", ({ data }) => {
    const { job, outcome } = JSON.parse(data);
    if (BAD.includes(outcome)) said.textContent = `${job} ${outcome}`;
  });
  for (const name of ["problems", "scheduler"]) hear(name, () => note(name));
  hear("reset", () => note("*"));
  stream.addEventListener("bye", () => {
    stream.close();
    setTimeout(connect, 500 + 2000 * Math.random());
  });
}

function hear(name, act) {
  stream.addEventListener(name, (event) => {
    place = event.lastEventId || place;
    act(event);
  });
}

/** Where there is no stream, the page asks. */
function poll() {
  note("*");
  connect();
}

function lost(why) {
  lostAt ??= new Date();
  state.textContent = `Not live since ${lostAt.toLocaleTimeString("en-GB")}: ${why}. Trying again.`;
  state.hidden = false;
}

function connected() {
  lostAt = undefined;
  state.hidden = true;
}

function note(...topics) {
  for (const topic of topics) changed.add(topic);
  void refresh();
}

async function refresh() {
  if (fetching) return;
  fetching = true;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, fetchedAt + 1000 - Date.now())));
  while (changed.size > 0) {
    const ids = partsToDraw();
    changed.clear();
    fetchedAt = Date.now();
    try {
      if (ids.length > 0) await draw(ids);
    } catch {
      failures++;
      lost("the scheduler does not answer");
      changed.add("*");
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  fetching = false;
}

/** The IDs of the parts that show what has changed, without those inside of others. */
function partsToDraw() {
  const parts = [...document.querySelectorAll("[data-live]")].filter(
    ({ id, dataset }) =>
      changed.has("*") ||
      changed.has(`again:${id}`) ||
      (dataset.live || id).split(" ").some((topic) => changed.has(topic)),
  );
  return parts.filter((part) => !parts.some((other) => other !== part && other.contains(part))).map(({ id }) => id);
}

async function draw(ids) {
  const headers = { Accept: `text/html; fragment="${ids.join(" ")}"` };
  const answer = await fetch(location.href, { headers, cache: "no-store" });
  const awaited = document.querySelector("[data-awaits]");
  // A job that is gone, or a role that has changed: the page stays as it is until it is loaded again.
  if (!answer.ok && !awaited) {
    if (answer.status < 500) return;
    throw new Error(answer.statusText);
  }
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  // What was waited for has a page of its own.
  if (awaited && ids.includes(awaited.id) && !drawn.getElementById(awaited.id)?.hasAttribute("data-awaits"))
    location.reload();
  const { Idiomorph } = await import(new URL(`${morph}#${failures}`, location.href));
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), drawn.getElementById(id)];
    if (old && fresh)
      Idiomorph.morph(old, fresh, { ignoreActiveValue: true, callbacks: { beforeNodeMorphed: isFree } });
  }
  if (drawn.title) document.title = `${drawn.title} · ${document.title.split(" · ").at(-1)}`;
  if (lostAt !== undefined && stream?.readyState === EventSource.OPEN) connected();
  tick();
}

/** Fields with the focus, open dialogs and open details stay. */
function isFree(node) {
  if (node === document.activeElement && node.matches("input, select, textarea")) return false;
  return !(node.nodeType === 1 && node.matches("dialog[open], details[open] > summary"));
}

function tick() {
  for (const time of document.querySelectorAll("time[data-distance]")) {
    const ms = Date.parse(time.dateTime) - now();
    const words = Math.abs(ms) < 1000 ? "now" : ms > 0 ? `in ${rough(ms)}` : `${rough(-ms)} ago`;
    if (time.textContent !== words) time.textContent = words;
  }
  for (const since of document.querySelectorAll("[data-since]"))
    since.textContent = rough(now() - Date.parse(since.dataset.since));
}

/** The same as `roughDuration` of the scheduler. */
function rough(ms) {
  const exact = Math.max(0, Math.round(ms / 1000));
  const seconds = exact < 120 ? exact : Math.round(exact / 60) * 60;
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  const shown = parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  return first < 0 ? "0 s" : shown.map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}

/** The result of a form is shown once: loading the page again does not say it again. */
function forgetResult() {
  const url = new URL(location.href);
  if (!url.searchParams.has("done")) return;
  url.searchParams.delete("done");
  url.searchParams.delete("to");
  history.replaceState(null, "", url);
}

/** Only the browser knows its own zone. */
function offerZone() {
  const select = document.querySelector(".zone select");
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const own = [...select.options].find(({ value }) => value === timeZone);
  if (own) own.textContent = `This browser: ${timeZone}`;
  else select.add(new Option(`This browser: ${timeZone}`, timeZone));
  select.addEventListener("change", () => select.form.requestSubmit());
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(hideTimer);
  if (document.hidden) {
    hideTimer = setTimeout(() => {
      stream?.close();
      stream = undefined;
    }, GONE_AFTER_MS);
  } else if (stream === undefined) poll();
});

for (const box of document.querySelectorAll(".to-end")) box.scrollLeft = box.scrollWidth;
forgetResult();
offerZone();
setInterval(tick, 1000);
// What moves with the time, and the order of rows, is drawn again now and then.
for (const part of document.querySelectorAll("[data-again]"))
  setInterval(() => {
    if (!document.hidden && part.isConnected && lostAt === undefined) note(`again:${part.id}`);
  }, Number(part.dataset.again) * 1000);
if (document.querySelector("[data-live]")) connect();
