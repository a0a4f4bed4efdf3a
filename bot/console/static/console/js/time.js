// Countdowns in words, and how pressing a deadline is.
import { fill, words } from "./words.js";

const HOUR = 3_600_000;
const BEIJING = 8 * HOUR;
const DAY = 24 * HOUR;

function duration(span) {
  const minutes = Math.max(0, Math.floor(span / 60_000));
  const d = Math.floor(minutes / 1440), h = Math.floor(minutes / 60) % 24, m = minutes % 60;
  if (d) return fill(words.days, { d, h });
  return h ? fill(words.hours, { h, m }) : fill(words.minutes, { m });
}

export function urgency(deadline, now = Date.now()) {
  if (deadline < now) return "overdue";
  if (deadline < now + 4 * HOUR) return "soon";
  const tomorrow = (Math.floor((now + BEIJING) / DAY) + 1) * DAY - BEIJING;
  return deadline < tomorrow ? "today" : "later";
}

export function tickAll() {
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-countdown]")) {
    const end = Date.parse(element.dataset.until ?? element.dateTime);
    const text = end < now ? fill(words.over, { time: duration(now - end) }) : fill(words.left, { time: duration(end - now) });
    if (element.textContent !== text) element.textContent = text;
    element.classList.toggle("overdue", end < now);
    element.classList.toggle("soon", end >= now && end < now + 4 * HOUR);
  }
  document.dispatchEvent(new Event("huiyin:tick"));
}
