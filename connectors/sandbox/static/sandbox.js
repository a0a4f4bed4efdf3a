"use strict";
/* Fills the page: accounts, threads, posts, push log, faults and clock; live over server-sent events. */
const words = JSON.parse(document.body.dataset.words);
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const byId = (root, id) => $(`[data-testid="${id}"]`, root);
const LOG_ROWS = 60;
const PUBLIC = ["comment", "mention", "supergroup"];
const AUTO = /^[【\[（(]?(自动|系统自动|智能|Automatic)|自动回复/i;

async function ask(path, data, method) {
  const options = data === undefined ? { method: method || "GET" }
    : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(data) };
  const answer = await fetch(path, options);
  return answer.json();
}

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function clockText(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
}

class Phone {
  constructor(root) {
    this.root = root;
    this.platform = root.dataset.platform;
    this.account = byId(root, "account");
    this.citizen = byId(root, "citizen");
    this.list = byId(root, "bubbles");
    this.posts = byId(root, "posts");
    this.ready = new Promise((resolve) => { this.know = resolve; }); // nothing is sent before it is known to whom
    this.loads = 0;
    this.arrived = null; // while a thread is being fetched: the bubbles that came since, which its answer may not know yet
    this.listen();
  }

  listen() {
    this.account.addEventListener("change", () => this.load());
    this.citizen.addEventListener("change", () => this.load());
    $(".private .compose", this.root).addEventListener("submit", (event) => this.submit(event));
    const more = byId(this.root, "more");
    more.addEventListener("click", () => this.drawer(more.getAttribute("aria-expanded") !== "true"));
    $$(".drawer button", this.root).forEach((button) => button.addEventListener("click", () => {
      this.drawer(false);
      this.say({ media: button.dataset.media || "", kind: button.dataset.kind || "message", text: "" });
    }));
    this.listenTabs();
    const form = $(".public-compose", this.root);
    if (form) {
      form.addEventListener("submit", (event) => { event.preventDefault(); this.sayPublic("comment"); });
      byId(form, "mention").addEventListener("click", () => this.sayPublic("mention"));
    }
  }

  listenTabs() {
    const tabs = $$("[role=tab]", this.root);
    tabs.forEach((tab, place) => {
      tab.addEventListener("click", () => this.show(tab.dataset.tab));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        const other = tabs[1 - place];
        other.focus();
        this.show(other.dataset.tab);
      });
    });
  }

  drawer(open) {
    byId(this.root, "more").setAttribute("aria-expanded", String(open));
    $(".drawer", this.root).hidden = !open;
    if (open) $(".drawer button", this.root).focus();
    this.list.scrollTop = this.list.scrollHeight;
  }

  show(name) {
    $$("[role=tab]", this.root).forEach((tab) => {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    });
    $(".pane.private", this.root).hidden = name !== "private";
    $(".pane.public", this.root).hidden = name !== "public";
    if (name === "public") this.loadPosts();
  }

  accounts(rows) {
    const own = rows.filter((row) => row.platform === this.platform);
    const chosen = this.account.value;
    this.account.replaceChildren(...own.map((row) => {
      const option = make("option", "", row.department ? `${row.name} · ${row.department}` : row.name);
      option.value = row.id;
      return option;
    }));
    if (!own.length) this.account.append(new Option(words.no_account, ""));
    if (own.some((row) => row.id === chosen)) this.account.value = chosen;
    const names = new Set(own.flatMap((row) => row.citizens));
    $("datalist", this.root).replaceChildren(...[...names].slice(-50).map((name) => new Option(name)));
    this.know();
  }

  async load() {
    const query = new URLSearchParams({ account: this.account.value, citizen: this.citizen.value.trim() });
    const load = ++this.loads;
    this.arrived = [];
    const { bubbles } = await ask(`/sim/thread?${query}`);
    if (load !== this.loads) return; // a younger load will tell more
    const known = new Set(bubbles.map((bubble) => bubble.id));
    const all = [...bubbles, ...this.arrived.filter((bubble) => !known.has(bubble.id))];
    this.arrived = null;
    this.list.replaceChildren();
    if (!all.length) this.list.append(make("li", "hint", words.empty));
    all.forEach((bubble) => this.add(bubble));
    $(".typing", this.root).textContent = "";
    if (!$(".pane.public", this.root).hidden) this.loadPosts();
  }

  shows(bubble) {
    return bubble.account === this.account.value && bubble.citizen === this.citizen.value.trim();
  }

  arrive(bubble) {
    this.arrived?.push(bubble);
    this.add(bubble);
  }

  add(bubble) {
    if ($(`[data-id="${CSS.escape(bubble.id)}"]`, this.list)) return;
    $(".hint", this.list)?.remove();
    const automatic = bubble.direction === "out" && (bubble.via === "passive" || AUTO.test(bubble.text));
    const node = make("li", bubble.direction + (automatic ? " auto" : ""), bubble.text);
    node.dataset.id = bubble.id;
    if (bubble.direction !== "system") {
      const labels = PUBLIC.includes(bubble.kind) ? [words.public] : [];
      if (bubble.direction === "out") labels.push(automatic ? words.auto : words.human);
      node.append(make("small", "", [...labels, clockText(bubble.time)].join(" · ")));
    }
    this.list.append(node);
    while (this.list.children.length > 200) this.list.firstChild.remove();
    this.list.scrollTop = this.list.scrollHeight;
  }

  edit(bubble) {
    const node = $(`[data-id="${bubble.id}"]`, this.list);
    if (node) node.firstChild.textContent = bubble.text;
  }

  async submit(event) {
    event.preventDefault();
    const field = byId(this.root, "say");
    await this.ready; // until then the text stays where it was written
    const text = field.value;
    if (!text.trim()) return;
    field.value = "";
    this.say({ text });
    field.focus();
  }

  async sayPublic(kind) {
    const field = byId(this.root, "public-say");
    await this.ready;
    if (!field.value.trim()) { field.focus(); return; }
    await this.say({ kind, text: field.value });
    field.value = "";
    this.loadPosts();
  }

  async say(act) {
    await this.ready;
    const answer = await ask("/sim/say?wait=0", { account: this.account.value, citizen: this.citizen.value.trim(), ...act });
    if (answer.error) {
      this.list.append(make("li", "system", answer.error));
      this.list.scrollTop = this.list.scrollHeight;
    }
  }

  async loadPosts() {
    const { posts } = await ask(`/sim/posts?account=${encodeURIComponent(this.account.value)}`);
    this.posts.replaceChildren();
    if (!this.account.value || !posts.length) this.posts.append(make("li", "hint", words.no_posts));
    else posts.reverse().forEach((post) => this.posts.append(this.post(post)));
  }

  post(post) {
    const node = make("li", post.deleted ? "gone" : "", post.text);
    const marks = ["edited", "pinned", "deleted"].filter((mark) => post[mark]).map((mark) => words[mark]);
    node.append(make("small", "", [clockText(post.time), ...marks].join(" · ")));
    if (post.picture) {
      const picture = make("img");
      picture.src = new URL(post.picture).pathname;
      picture.alt = "";
      node.append(picture);
    }
    if (post.comments?.length) {
      const list = make("ul");
      post.comments.forEach((comment) => {
        const row = make("li");
        row.append(make("b", "", comment.official ? `${comment.name}（${words.official}）` : comment.name), `：${comment.text}`);
        list.append(row);
      });
      node.append(list);
    }
    return node;
  }
}

const phones = $$(".phone").map((root) => new Phone(root));

/* the push log: rows are gathered and drawn once a frame, so that a storm does not freeze the page */
let waiting = [];
function resultText(row) {
  const named = { empty: words.empty_answer, taken: words.success, success: words.success, passive: words.passive, malformed: words.malformed };
  const text = row.status === 0 ? `${words.none} (${row.answer})` : named[row.answer] || row.answer;
  return row.attempt > 1 ? `${text} · ${words.attempt.replace("{n}", row.attempt)}` : text;
}
function drawLog() {
  const body = $(".log tbody");
  waiting.splice(0).slice(-LOG_ROWS).forEach((row) => {
    const good = row.status >= 200 && row.status < 300 && row.answer !== "malformed";
    const line = make("tr");
    line.append(make("td", "", clockText(row.time)), make("td", "", words[row.platform]));
    const result = make("td", good ? "good" : "bad", `${good ? "✓" : "✗"} ${row.status || ""} ${resultText(row)}`);
    result.title = row.problem || row.citizen;
    line.append(result, make("td", "", Math.round(row.ms)));
    body.prepend(line);
  });
  while (body.children.length > LOG_ROWS) body.lastChild.remove();
  $(".log .empty").hidden = body.children.length > 0;
}
function addLog(row) {
  if (!waiting.length) requestAnimationFrame(drawLog);
  waiting.push(row);
  if (waiting.length > 500) waiting = waiting.slice(-LOG_ROWS);
}

function showFaults(faults) {
  const alive = faults.filter((fault) => fault.times === null || fault.hits < fault.times);
  const state = byId(document, "fault-state");
  const text = alive.map((fault) => `${words[fault.platform] || words.all}：${words[fault.mode] || fault.mode}（${fault.hits} ${words.times}）`).join("；");
  state.textContent = alive.length ? words.on + text : words.healthy;
  state.classList.toggle("on", alive.length > 0);
  byId(document, "fault-clear").hidden = !alive.length;
}
$$("[data-fault]").forEach((button) => button.addEventListener("click", async () => {
  const mode = button.dataset.fault;
  const seconds = { delay: 8, accept_then_hang: 30 }[mode] || 0;
  await ask("/sim/faults", { mode, platform: byId(document, "fault-platform").value, seconds });
}));
byId(document, "fault-clear").addEventListener("click", () => ask("/sim/faults", undefined, "DELETE"));

function showClock(clock) {
  const hours = Math.round(clock.offset / 360) / 10;
  const now = new Date(clock.now).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 16);
  byId(document, "clock").textContent = `${now} · ${hours ? `${words.ahead} ${hours} ${words.hours}` : words.now}`;
}
$$("[data-advance]").forEach((button) => button.addEventListener("click", () => ask("/sim/clock", { advance: Number(button.dataset.advance) })));
$$("[data-offset]").forEach((button) => button.addEventListener("click", () => ask("/sim/clock", { offset: 0 })));

async function loadAll() {
  const [{ accounts }, { faults }, clock, { rows }] = await Promise.all([
    ask("/sim/accounts"), ask("/sim/faults"), ask("/sim/clock"), ask(`/sim/log?limit=${LOG_ROWS}`)]);
  phones.forEach((phone) => { phone.accounts(accounts); phone.load(); });
  showFaults(faults);
  showClock(clock);
  $(".log tbody").replaceChildren();
  rows.forEach(addLog);
  drawLog();
}

const on = {
  hello: () => { $(".lost").hidden = true; loadAll(); },
  lag: loadAll, reset: loadAll, accounts: loadAll,
  bubble: (bubble) => {
    phones.filter((phone) => phone.shows(bubble)).forEach((phone) => phone.arrive(bubble));
    if (PUBLIC.includes(bubble.kind)) phones.filter((phone) => phone.account.value === bubble.account).forEach((phone) => phone.loadPosts());
  },
  edit: (bubble) => phones.filter((phone) => phone.shows(bubble)).forEach((phone) => phone.edit(bubble)),
  typing: (row) => phones.filter((phone) => phone.shows(row)).forEach((phone) => { $(".typing", phone.root).textContent = row.on ? words.typing : ""; }),
  push: addLog,
  post: (post) => phones.filter((phone) => phone.account.value === post.account).forEach((phone) => phone.loadPosts()),
  faults: (data) => showFaults(data.faults),
  clock: showClock,
};
const stream = new EventSource("/sim/events");
Object.entries(on).forEach(([name, act]) => stream.addEventListener(name, (event) => act(JSON.parse(event.data))));
stream.addEventListener("error", () => { $(".lost").hidden = false; });
setInterval(async () => { if (byId(document, "fault-state").classList.contains("on")) showFaults((await ask("/sim/faults")).faults); }, 2000);
