// Progressive enhancement only: every page works without it.
"use strict";

// A page that comes back with faults begins at them, as a reader of screens would expect.
document.querySelector("[data-focus]")?.focus();

// A form that is being sent is not sent twice by an impatient click.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button.button:not([name])");
    if (button) setTimeout(() => { button.disabled = true; });
  });
}
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});

// The browser's own control speaks the browser's language, not the page's. It stays, laid over words of ours, so that a click,
// the keyboard and a dropped file reach it as before.
for (const input of document.querySelectorAll("input[type=file][data-choose]")) {
  const drop = document.createElement("div"), choose = document.createElement("span"), chosen = document.createElement("span");
  drop.className = "drop";
  choose.className = "button second";
  choose.textContent = input.dataset.choose;
  const say = () => { chosen.textContent = [...input.files].map((file) => file.name).join(", ") || input.dataset.none; };
  input.replaceWith(drop);
  drop.append(choose, chosen, input);
  for (const part of [choose, chosen]) part.setAttribute("aria-hidden", "true");
  input.addEventListener("change", say);
  say();
}
