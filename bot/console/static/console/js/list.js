// The rows of the queue: each in its place by deadline, and the row under the cursor never moves.
import { tickAll, urgency } from "./time.js";

export class List {
  constructor(root) {
    this.root = root;
    this.after = root.dataset.live;
    this.isQueue = root.hasAttribute("data-queue");
    this.none = document.getElementById("none");
    this.slack = document.createElement("div"); // room below, so that the list can always scroll against an insertion
    this.slack.className = "slack";
    root.append(this.slack);
  }

  rows() { return [...this.root.querySelectorAll(".row")]; }
  links() { return [...this.root.querySelectorAll(".row > a")]; }
  row(number) { return document.getElementById(`row-${number}`); }
  focused() { const link = document.activeElement; return link?.matches(".row > a") ? link : null; }

  move(step) {
    const links = this.links(), here = links.indexOf(this.focused() ?? this.root.querySelector("a[aria-current]"));
    const next = links[here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + step))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  mark(number) {
    for (const link of this.links()) {
      if (link.parentElement.dataset.number === number) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  // --- keeping still ---
  anchor() {
    return this.root.querySelector(".row:hover") ?? this.focused()?.parentElement ?? this.root.querySelector("a[aria-current]")?.parentElement
      ?? (this.root.scrollTop > 0 ? this.rows().find((row) => row.getBoundingClientRect().bottom > this.root.getBoundingClientRect().top + 30) : null);
  }

  still(change) {
    const anchor = this.anchor(), before = anchor?.getBoundingClientRect().top;
    change();
    this.tidy();
    if (!anchor?.isConnected) return;
    const moved = anchor.getBoundingClientRect().top - before;
    if (!moved) return;
    const needed = this.root.clientHeight + this.root.scrollTop + moved - this.slack.offsetTop;
    if (needed > this.slack.offsetHeight) this.slack.style.height = `${Math.ceil(needed)}px`;
    this.root.scrollTop += moved;
  }

  tidy() {
    for (const group of this.root.querySelectorAll(".group")) group.hidden = !group.querySelector(".row");
    this.none.hidden = this.root.querySelector(".row") !== null;
  }

  // --- placing ---
  static before(one, other) {
    const a = Date.parse(one.dataset.deadline), b = Date.parse(other.dataset.deadline);
    return a !== b ? a < b : Number(one.dataset.pk) < Number(other.dataset.pk);
  }

  place(row, fresh) {
    const old = this.row(row.dataset.number);
    if (!this.isQueue) {
      if (old) this.swap(old, row);
      else if (!fresh) this.root.querySelector(".results").append(row);
      return;
    }
    if (old?.dataset.deadline === row.dataset.deadline) return this.swap(old, row);
    old?.remove();
    const rows = this.rows(), next = rows.find((other) => List.before(row, other));
    if (!next && fresh && document.getElementById("more")) return; // further down than what is loaded: it comes with its page
    this.into(row, urgency(Date.parse(row.dataset.deadline)));
    if (fresh && !old) row.classList.add("fresh");
    window.htmx.process(row);
  }

  into(row, key) {
    const place = this.root.querySelector(`.group[data-group="${key}"] ul`);
    const next = [...place.children].find((other) => List.before(row, other));
    place.insertBefore(row, next ?? null);
  }

  swap(old, row) {
    const had = old.contains(document.activeElement), current = old.querySelector("a").getAttribute("aria-current");
    old.replaceWith(row);
    if (current) row.querySelector("a").setAttribute("aria-current", current);
    if (had) row.querySelector("a").focus({ preventScroll: true });
    window.htmx.process(row);
  }

  regroup() {
    if (!this.isQueue) return;
    const moved = this.rows().filter((row) => row.closest(".group").dataset.group !== urgency(Date.parse(row.dataset.deadline)));
    if (moved.length) this.still(() => moved.forEach((row) => this.into(row, urgency(Date.parse(row.dataset.deadline)))));
  }

  // --- from the server ---
  async fetched(address, options) {
    const answer = await fetch(address, options);
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  async refresh(numbers, options) {
    const query = new URLSearchParams(this.root.dataset.filters);
    numbers.forEach((number) => query.append("n", number));
    const page = await this.fetched(`${this.root.dataset.rows}?${query}`, options);
    const rows = new Map([...page.querySelectorAll(".row")].map((row) => [row.dataset.number, row]));
    this.still(() => {
      for (const number of numbers) {
        if (rows.has(number)) this.place(document.importNode(rows.get(number), true), true);
        else this.leave(this.row(number));
      }
    });
    tickAll();
  }

  leave(row) {
    if (!row) return;
    if (row.contains(document.activeElement)) this.move(1);
    row.remove();
  }

  async more(link, options) {
    const page = await this.fetched(link.dataset.more, options);
    link.remove();
    this.still(() => page.querySelectorAll(".row").forEach((row) => this.place(document.importNode(row, true), false)));
    const next = page.getElementById("more");
    if (next) this.root.insertBefore(document.importNode(next, true), this.slack);
    tickAll();
  }

  async reload(options) {
    const page = await this.fetched(`${this.root.dataset.reload}?${this.root.dataset.filters}`, options);
    const keep = new Set([...page.querySelectorAll(".row")].map((row) => row.dataset.number));
    this.still(() => {
      for (const row of this.rows()) if (!keep.has(row.dataset.number)) this.leave(row);
      document.getElementById("more")?.remove();
      page.querySelectorAll(".row").forEach((row) => this.place(document.importNode(row, true), false));
    });
    const next = page.getElementById("more");
    if (next) this.root.insertBefore(document.importNode(next, true), this.slack);
    tickAll();
  }
}
