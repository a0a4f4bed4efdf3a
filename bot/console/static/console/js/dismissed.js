// Keys on the list of messages read as no question: j and k move, x marks, t makes a ticket of the one in focus.

const rows = () => [...document.querySelectorAll("tr[data-dismissed]")];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  const all = rows();
  const at = all.indexOf(document.activeElement?.closest("tr[data-dismissed]"));
  if (event.key === "j" || event.key === "k") {
    const next = all[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), all.length - 1)];
    next?.focus();
  } else if (at >= 0 && event.key === "x") {
    all[at].querySelector("input[type=checkbox]").click();
    all[at].focus();
  } else if (at >= 0 && event.key === "t") {
    all[at].querySelector("[data-makes-ticket]").click();
  }
});
