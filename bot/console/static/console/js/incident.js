// One incident: figures, members and history follow what happens; what is being written stays.
import { Live } from "./live.js";
import { words } from "./words.js";

const head = document.getElementById("event-head");
const banner = document.getElementById("live-banner");
const background = { headers: { "X-Background": "1", "HX-Request": "true" }, redirect: "error" };
const PARTS = ["event-head", "members", "event-facts", "event-history"];

document.querySelector("[data-focus]")?.focus();

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
  if (event.key === "r") { event.preventDefault(); document.getElementById("reply")?.focus(); }
});

async function refresh() {
  const answer = await fetch(head.dataset.address, background);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of PARTS) {
    const old = document.getElementById(id), now = fresh.getElementById(id);
    if (old && now && old.innerHTML !== now.innerHTML && !old.contains(document.activeElement)) old.replaceChildren(...now.childNodes);
  }
  const box = document.getElementById("answer-all"), now = fresh.getElementById("answer-all");
  const written = box?.querySelector("#reply")?.value, busy = box?.contains(document.activeElement) || box?.querySelector("#progress[hx-get]");
  if (!box || !now || busy) return;
  if (written) document.getElementById("reach")?.replaceChildren(...(fresh.getElementById("reach")?.childNodes ?? []));
  else { box.replaceWith(now); window.htmx.process(now); }
}

// when a reply to all has ended its progress is not asked for any more: the rest of the page follows
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "progress" && !document.querySelector("#progress[hx-get]")) soon();
});

let waiting = null;
function soon() {
  waiting ??= setTimeout(() => { waiting = null; refresh().catch(() => {}); }, 700);
}

function tell(text) {
  banner.textContent = text;
  banner.hidden = !text;
}

const members = () => new Set([...document.querySelectorAll(".members .number")].map((link) => link.textContent));
const live = new Live("/live/tickets", head.dataset.live, {
  ticket(change) { if (members().has(change.number)) soon(); },
  incident(change) { if (change.number === head.dataset.number) soon(); },
  reload: soon,
  out: () => tell(words.out),
  lost: () => tell(words.lost),
  back: () => { tell(""); soon(); },
});
window.addEventListener("pagehide", () => live.source.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
