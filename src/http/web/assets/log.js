/** Appends what a run prints while the page is open, and keeps the last line in view until the reader scrolls up. */
const box = document.querySelector(".output");
const list = box.querySelector("ol");
const before = box.querySelector(".before");
const status = document.getElementById("output-state");
const most = Number(box.dataset.most);
/** How far from its end the output still counts as read to the end, in pixels. */
const NEAR = 24;

let dropped = Number(box.dataset.before);
let follows = true;
let waiting = [];
/** Where the last line that has come ends. */
let place;
const AGAIN_AFTER_MS = 30_000;

const button = document.createElement("button");
button.type = "button";
button.className = "button few follow";
button.textContent = "Follow";
button.hidden = true;
button.addEventListener("click", () => setFollows(true));
box.after(button);

box.addEventListener("scroll", () => {
  const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  if (isAtEnd !== follows) setFollows(isAtEnd);
});

function setFollows(value) {
  follows = value;
  button.hidden = value;
  if (value) box.scrollTop = box.scrollHeight;
}

/** Many lines at once cost one layout. */
function append() {
  const lines = document.createRange().createContextualFragment(waiting.slice(-most).join(""));
  const skipped = Math.max(0, waiting.length - most);
  waiting = [];
  list.append(lines);
  const tooMany = Math.max(0, list.childElementCount - most);
  for (let index = 0; index < tooMany; index++) list.firstElementChild.remove();
  dropped += tooMany + skipped;
  if (dropped > 0)
    before.textContent = `${dropped.toLocaleString("en")} earlier ${dropped === 1 ? "line is" : "lines are"} not shown`;
  before.hidden = dropped === 0;
  box.querySelector(".nothing").hidden = true;
  if (follows) box.scrollTop = box.scrollHeight;
}

function follow(address) {
  const from = new URL(address, location.href);
  if (place) from.searchParams.set("after", place);
  const stream = new EventSource(from);
  stream.onopen = () => {
    status.textContent = "Live";
  };
  stream.onerror = () => {
    // The browser connects again by itself, unless the answer was a refusal.
    const isRefused = stream.readyState === EventSource.CLOSED;
    status.textContent = `Not live: ${isRefused ? "too many follow outputs, or it is gone" : "the connection was lost"}. Trying again.`;
    if (isRefused) setTimeout(follow, AGAIN_AFTER_MS, address);
  };
  stream.onmessage = ({ data, lastEventId }) => {
    place = lastEventId || place;
    if (waiting.length === 0) requestAnimationFrame(append);
    waiting.push(...data.split("\n"));
  };
  stream.addEventListener("note", ({ data }) => {
    status.textContent = data;
  });
  stream.addEventListener("end", ({ data }) => {
    stream.close();
    status.textContent = data;
  });
}

box.scrollTop = box.scrollHeight;
if (box.dataset.follow) follow(box.dataset.follow);
