// Around the reply: seconds left to take it back, and who else is writing. Both work without this, by the page's own words.
import { fill, words } from "./words.js";

const ends = new Map(); // by sending: when it leaves, on this computer's own steady clock

function tick() {
  const bar = document.querySelector("[data-undo]");
  if (!bar) return;
  const key = bar.dataset.undo;
  if (!ends.has(key)) ends.set(key, performance.now() + Number(bar.dataset.seconds) * 1000);
  const left = (ends.get(key) - performance.now()) / 1000;
  if (left <= 0) return bar.remove();
  const text = String(Math.ceil(left)), place = bar.querySelector(".undo-left");
  if (place.textContent !== text) place.textContent = text;
}

setInterval(tick, 200);
document.addEventListener("htmx:afterSettle", tick);

document.addEventListener("keydown", (event) => {
  const bar = event.altKey && event.code === "KeyZ" && document.querySelector("[data-undo]");
  if (bar) { event.preventDefault(); bar.requestSubmit(); }
});

export function tellWriters(change) {
  const place = document.getElementById("writers");
  if (!place || document.getElementById("ticket")?.dataset.number !== change.number) return;
  const names = change.people.filter(([person]) => String(person) !== place.dataset.me).map(([, name]) => name);
  place.textContent = names.length ? fill(words.typing, { names: names.join("、") }) : "";
}
