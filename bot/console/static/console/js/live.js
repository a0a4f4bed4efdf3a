// One live connection. What was told last is remembered, so a new connection goes on from there: nothing is missed.
const LONGEST_WAIT = 30_000;

export class Live {
  constructor(address, last, on) {
    this.address = address;
    this.last = last;
    this.on = on; // { ticket(change), incident(change), reload(), out(), lost(), back() }
    this.wait = 1_000;
    this.wasLost = false;
    this.open();
    window.addEventListener("online", () => this.again(0));
  }

  open() {
    const source = (this.source = new EventSource(`${this.address}?after=${this.last}`));
    source.onopen = () => {
      this.wait = 1_000;
      if (this.wasLost) this.on.back();
      this.wasLost = false;
    };
    source.addEventListener("ticket", (event) => { this.keep(event); this.on.ticket(JSON.parse(event.data)); });
    source.addEventListener("incident", (event) => { this.keep(event); this.on.incident?.(JSON.parse(event.data)); });
    source.addEventListener("typing", (event) => this.on.typing?.(JSON.parse(event.data)));
    source.addEventListener("reload", (event) => { this.keep(event); this.on.reload(); });
    source.addEventListener("out", () => this.stop());
    source.onerror = () => this.broke();
  }

  keep(event) {
    if (event.lastEventId) this.last = event.lastEventId;
  }

  async broke() {
    this.source.close();
    if (!this.wasLost) this.on.lost();
    this.wasLost = true;
    try {
      const answer = await fetch(`${this.address}?check`, { headers: { "X-Background": "1" } });
      if (answer.status === 401) return this.stop();
    } catch { /* no network: try again later */ }
    this.again((this.wait = Math.min(this.wait * 2, LONGEST_WAIT)) / 2);
  }

  again(wait) {
    clearTimeout(this.timer);
    if (this.source.readyState !== EventSource.CLOSED || this.stopped) return;
    this.timer = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
  }

  stop() {
    this.stopped = true;
    this.source.close();
    this.on.out();
  }
}
