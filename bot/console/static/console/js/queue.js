// The desk: moving in the list by keys, opening tickets, and rows and panes that follow what others do.
import { forgetSent, restoreDrafts, say } from "./app.js";
import { tellWriters } from "./answering.js";
import { List } from "./list.js";
import { Live } from "./live.js";
import { tickAll } from "./time.js";
import { fill, words } from "./words.js";

const desk = document.querySelector(".desk");
const pane = document.getElementById("pane");
const banner = document.getElementById("live-banner");
const list = new List(document.getElementById("rows"));
const background = { headers: { "X-Background": "1", "HX-Request": "true" }, redirect: "error" };

// --- keys ---
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
  if (event.key === "j") list.move(1);
  else if (event.key === "k") list.move(-1);
  else if (event.key === "o") list.focused()?.click();
  else if (event.key === "c") document.getElementById("claim")?.form.requestSubmit();
  else if (event.key === "r") { event.preventDefault(); document.getElementById("reply")?.focus(); }
});

// --- the open ticket ---
function shown() {
  return document.getElementById("ticket");
}

function settle() {
  desk.classList.toggle("has-ticket", shown() !== null || pane.querySelector("[data-sent]") !== null);
  list.mark(shown()?.dataset.number);
  const talk = document.getElementById("talk");
  if (talk) talk.scrollTop = talk.scrollHeight;
  const column = pane.querySelector(".talk-column");
  if (column) shown().scrollTop = column.offsetTop + column.offsetHeight - shown().clientHeight; // where the whole ticket scrolls: the newest message first
  pane.querySelector("[data-focus]")?.focus();
}

document.addEventListener("load", (event) => {
  // a picture that arrives late must not push the newest message out of sight
  const talk = event.target.closest?.("#talk");
  if (talk && event.target.matches("img") && talk.scrollHeight - talk.scrollTop - talk.clientHeight < event.target.offsetHeight + 60) talk.scrollTop = talk.scrollHeight;
}, true);

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "pane") return;
  settle();
  const number = shown()?.dataset.number;
  if (number) { document.title = document.title.replace(/^[^·]*/, `${number} `); follow([number]); }
});
window.addEventListener("popstate", () => setTimeout(() => location.reload(), 0));

const PARTS = ["ticket-head", "undo", "talk", "side", "actions"];

async function refreshTicket() {
  const ticket = shown();
  if (!ticket) return;
  const answer = await fetch(ticket.dataset.address, background);
  if (answer.status === 404) return notice(words.changed);
  if (!answer.ok || answer.status === 204) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of PARTS) {
    const old = document.getElementById(id), now = fresh.getElementById(id);
    if (!old || !now || old.innerHTML === now.innerHTML) continue;
    if (id === "actions" && busy(old)) { notice(words.changed); continue; }
    replace(old, now);
  }
  tickAll();
}

function busy(form) {
  return form.contains(document.activeElement) || form.querySelector("details[open]") !== null || [...form.querySelectorAll("textarea")].some((area) => area.value);
}

function replace(old, now) {
  const atEnd = old.scrollHeight - old.scrollTop - old.clientHeight < 40, top = old.scrollTop;
  old.replaceWith(now);
  now.scrollTop = atEnd ? now.scrollHeight : top;
  window.htmx.process(now);
  restoreDrafts(now);
}

function notice(text) {
  const place = document.getElementById("changed");
  if (place) { place.textContent = text; place.hidden = false; }
}

// --- live ---
const changed = new Set();
let waiting = null;

function follow(numbers) {
  numbers.forEach((number) => changed.add(number));
  waiting ??= setTimeout(look, 300);
}

async function look() {
  const numbers = [...changed].slice(0, 50);
  numbers.forEach((number) => changed.delete(number));
  try {
    if (changed.size > 500) { changed.clear(); await list.reload(background); }
    else await list.refresh(numbers, background);
  } catch { numbers.forEach((number) => changed.add(number)); }
  waiting = changed.size ? setTimeout(look, 1_000) : null;
}

function tell(text) {
  banner.textContent = text;
  banner.hidden = !text;
}

function signedOut() {
  tell(words.out);
  const link = Object.assign(document.createElement("a"), { href: `/login/?next=${encodeURIComponent(location.pathname + location.search)}`, textContent: "→" });
  banner.append(" ", link);
}

const live = new Live("/live/tickets", list.after, {
  ticket(change) {
    follow([change.number]);
    if (change.action === "ticket.opened") say(fill(words.new, { n: change.number }));
    if (change.number === shown()?.dataset.number) setTimeout(refreshTicket, 150);
  },
  incident(change) {
    if (!change.ticket) return;
    follow([change.ticket]);
    if (change.ticket === shown()?.dataset.number) setTimeout(refreshTicket, 150);
  },
  typing: tellWriters,
  reload() { list.reload(background).catch(() => {}); refreshTicket().catch(() => {}); },
  out: signedOut,
  lost: () => tell(words.lost),
  back: () => { tell(""); say(words.back); refreshTicket().catch(() => {}); },
});
window.addEventListener("pagehide", () => live.source.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.addEventListener("huiyin:tick", () => list.regroup());
document.getElementById("rows").addEventListener("click", (event) => {
  const more = event.target.closest("#more");
  if (more) { event.preventDefault(); list.more(more, background).catch(() => { location.href = more.href; }); }
});

forgetSent(document);
settle();
