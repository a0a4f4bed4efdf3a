// The list of incidents: what changed is shown in its place; the order changes only when nobody is reading, or by a click.
import { Live } from "./live.js";
import { words } from "./words.js";

const root = document.getElementById("incidents");
const banner = document.getElementById("live-banner");
const order = document.getElementById("order");
const background = { headers: { "X-Background": "1", "HX-Request": "true" }, redirect: "error" };

const links = () => [...root.querySelectorAll(".incident .said a")];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const all = links(), here = all.indexOf(document.activeElement);
    const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "o" && root.contains(document.activeElement)) document.activeElement.click();
});

const numbers = (place) => [...place.querySelectorAll(".incident")].map((row) => row.dataset.number).join();
const isRead = () => root.matches(":hover") || root.contains(document.activeElement) || window.scrollY > 80;

async function refresh(sorted) {
  const answer = await fetch(root.dataset.rows, background);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  if (sorted || !isRead() || !root.querySelector(".incident")) {
    const known = new Set([...root.querySelectorAll(".incident")].map((row) => row.dataset.number));
    root.replaceChildren(...fresh.childNodes);
    for (const row of root.querySelectorAll(".incident")) if (known.size && !known.has(row.dataset.number)) row.classList.add("fresh");
    order.hidden = true;
    return;
  }
  order.hidden = numbers(fresh) === numbers(root);
  for (const row of fresh.querySelectorAll(".incident")) {
    const old = document.getElementById(row.id);
    if (!old || old.contains(document.activeElement) || old.innerHTML === row.innerHTML) continue;
    old.replaceWith(row);
  }
}

document.getElementById("reorder").addEventListener("click", () => refresh(true).catch(() => {}));

let waiting = null;
function soon() {
  waiting ??= setTimeout(() => { waiting = null; refresh(false).catch(() => {}); }, 700);
}

function tell(text) {
  banner.textContent = text;
  banner.hidden = !text;
}

const live = new Live("/live/tickets", root.dataset.live, {
  ticket() {},
  incident: soon,
  reload: soon,
  out: () => tell(words.out),
  lost: () => tell(words.lost),
  back: () => { tell(""); soon(); },
});
window.addEventListener("pagehide", () => live.source.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
