// What every live page does: says whether it is live, tells of errors, listens to keys, wears a theme.

import { themeChanged } from "./canvas.js";

export const byId = id => document.getElementById(id);
export const put = (id, text) => { const element = byId(id); if (element.textContent !== String(text)) element.textContent = text; };

export function live(on, text) {
  byId("pulse").dataset.live = on;
  document.body.dataset.live = on;
  put("pulse-text", text);
}

export function banner(text) {
  byId("banner").hidden = text === null;
  if (text !== null) put("banner-text", text);
}

export function lost(seconds) {
  banner(seconds ? `The server is not answering. Trying again in ${seconds} s.` : "The server is not answering. Trying now …");
  live(false, "offline");
}

/** For those who listen instead of looking. */
export function say(text) { put("announce", text); }

let toastTimer;
export function toast(text) {
  put("toast", text);
  byId("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => byId("toast").hidden = true, 4000);
}

/** The buttons that keys press, by id. */
export function keys(buttons) {
  addEventListener("keydown", e => {
    const id = buttons[e.key.toLowerCase()];
    if (!id || e.ctrlKey || e.metaKey || e.altKey || e.repeat) return;
    if (e.key === " " && e.target.matches("button, input[type=checkbox]")) return;      // space presses what has the focus
    e.preventDefault();
    byId(id).click();
  });
}

// A button pressed by pointer gives the focus back, so that space goes on meaning pause.
addEventListener("click", e => { if (e.detail) e.target.closest("button, .switch input")?.blur(); });

const dark = matchMedia("(prefers-color-scheme: dark)"), root = document.documentElement;
if (localStorage.theme) root.dataset.theme = localStorage.theme;
byId("theme").onclick = () => {
  localStorage.theme = root.dataset.theme = (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
  themeChanged();
};
dark.onchange = themeChanged;
