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
