// Every page: keys, the help dialog, countdowns, drafts, copying. Pages work without any of it.
import { tickAll } from "./time.js";
import { words } from "./words.js";

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function openKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog.open) dialog.showModal();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeMenus(null);
    if (typing(event.target)) event.target.blur();
    return;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form?.matches("[data-reply]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    const search = document.getElementById("search");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  } else if (event.key === "?") {
    event.preventDefault();
    openKeys();
  }
});

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  if (event.target.closest("[data-opens=keys]")) openKeys();
  const copies = event.target.closest("[data-copies]");
  if (copies) {
    const text = document.getElementById(copies.dataset.copies).textContent;
    navigator.clipboard?.writeText(text).then(() => say(words.copied), () => {});
    copies.textContent = words.copied;
  }
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all]")) return;
  for (const box of document.querySelectorAll(`input[name="${event.target.dataset.all}"]`)) box.checked = event.target.checked;
});

export function say(text) {
  document.getElementById("live-status").textContent = text;
}

// Drafts: kept on this computer until they are sent, or until sign-out.
const DRAFT = "draft:";
const store = (call) => { try { return call(window.localStorage); } catch { return null; } };

export function restoreDrafts(root) {
  for (const area of root.querySelectorAll("[data-draft]")) {
    const kept = store((s) => s.getItem(DRAFT + area.dataset.draft));
    if (kept && !area.value) area.value = kept;
  }
}

export function forgetSent(root) {
  const sent = root.querySelector("[data-sent]") ?? (root.matches?.("[data-sent]") ? root : null);
  if (sent) store((s) => s.removeItem(`${DRAFT}${sent.dataset.sent}:${sent.dataset.of}`));
}

document.addEventListener("input", (event) => {
  const key = event.target.dataset?.draft;
  if (key) store((s) => (event.target.value ? s.setItem(DRAFT + key, event.target.value) : s.removeItem(DRAFT + key)));
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-forgets-drafts]")) return;
  store((s) => Object.keys(s).filter((key) => key.startsWith(DRAFT)).forEach((key) => s.removeItem(key)));
});

document.addEventListener("htmx:afterSwap", (event) => {
  const root = event.detail.target ?? document; // a page taken from the history has no target
  forgetSent(root);
  restoreDrafts(root);
  tickAll();
});
document.addEventListener("htmx:sendError", () => failed());
document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status >= 500) failed(); });

function failed() {
  const place = document.getElementById("changed") ?? document.getElementById("live-status");
  place.hidden = false;
  place.textContent = words.failed;
}

forgetSent(document);
restoreDrafts(document);
tickAll();
setInterval(tickAll, 20_000);
