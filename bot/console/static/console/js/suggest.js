// Suggestions: one key and ready-made texts (Alt+1…9 anywhere, 1…9 when not typing) or a click puts one into the reply, where it can be changed.
const reply = () => document.getElementById("reply");

function insert(button) {
  const area = reply();
  if (!area) return;
  const text = document.getElementById(button.dataset.inserts).content.textContent;
  const before = area.value && !area.value.endsWith("\n") && area.selectionStart === area.value.length ? "\n" : "";
  area.setRangeText(before + text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true })); // kept as a draft like anything typed
  area.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-inserts]");
  if (button) { insert(button); button.closest("details.menu")?.removeAttribute("open"); }
});

document.addEventListener("keydown", (event) => {
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1] ?? (/^[1-9]$/.test(event.key) ? event.key : "");
  if (!digit || event.ctrlKey || event.metaKey || event.shiftKey || document.querySelector("dialog[open]")) return;
  if (!event.altKey && event.target.closest("input, textarea, select, [contenteditable]")) return;
  const button = document.querySelector(`[data-inserts][data-key="${digit}"]`);
  if (button && reply()) { event.preventDefault(); insert(button); }
});

// They come a moment after the ticket and take room from the conversation: its newest message stays in sight.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "hints") return;
  const talk = document.getElementById("talk");
  if (talk) talk.scrollTop = talk.scrollHeight;
});
