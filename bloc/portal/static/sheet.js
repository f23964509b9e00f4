// The score sheet on the page: saves itself, adds up, checks bounds, takes what is pasted. Without it, its buttons do the same.
"use strict";

(() => {
  const form = document.querySelector("form.sheet"), table = form.querySelector("table.grid");
  const step = Number(table.dataset.step), fields = [...form.querySelectorAll("input[id], textarea")];
  const NUMBER = /^([-\u2212\u2013]?)(\d{1,6})(?:([.,])(\d{1,9}))?$/; // as bloc.sheets.typed reads a text
  let stopped = false, timer = 0, saving = false;

  const thousandths = (text) => {
    const match = NUMBER.exec(text.normalize("NFC").trim());
    if (!match || (match[3] === "." && match[4].length === 3 && match[2] !== "0")) return NaN;
    const value = Math.round(Number(`${match[2]}.${match[4] ?? 0}`) * 1e6) / 1e3;
    return match[1] ? -value : value;
  };
  const shown = (value) => String(value / 1000).replace(".", ",");
  const isRight = (input) => {
    const value = thousandths(input.value), { minimum, maximum } = input.closest("tr").dataset;
    return Number.isInteger(value) && value >= Number(minimum) && value <= Number(maximum) && value % step === 0;
  };
  const inputsOf = (part, unit) => [...part.querySelectorAll(`td[data-unit="${unit}"] input`)];
  const sum = (inputs) => inputs.filter((input) => input.value.trim() && isRight(input)).reduce((all, input) => all + thousandths(input.value), 0);

  // Totals and what is missing; a cell beyond its bounds is marked at once.
  const addUp = () => {
    for (const head of table.querySelectorAll("thead [data-unit]")) {
      const unit = head.dataset.unit, all = inputsOf(table, unit);
      for (const input of all) input.setAttribute("aria-invalid", String(Boolean(input.value.trim()) && !isRight(input)));
      for (const body of table.tBodies) body.querySelector(`[data-group] [data-unit="${unit}"]`).textContent = shown(sum(inputsOf(body, unit)));
      table.querySelector(`[data-total] [data-unit="${unit}"]`).textContent = shown(sum(all));
      table.querySelector(`[data-left] [data-unit="${unit}"]`).textContent = all.filter((input) => !input.value.trim()).length;
    }
  };

  // Saving: only what was changed since the last save, so that two people at different places do not meet.
  const changed = () => fields.filter((field) => field.value !== field.defaultValue);
  const tell = (answer) => {
    form.querySelector("[data-saved]").textContent = answer.saved;
    form.querySelector("[data-cells]").textContent = answer.left;
    const place = document.getElementById("wrong"), names = Object.keys(answer.wrong);
    place.replaceChildren();
    if (!names.length) return;
    const title = document.createElement("h2"), list = document.createElement("ul");
    title.textContent = place.dataset.title;
    for (const name of names) {
      const line = document.createElement("li"), link = document.createElement("a");
      link.href = `#${name}`;
      link.textContent = answer.wrong[name];
      line.append(link);
      list.append(line);
    }
    place.append(title, list);
  };
  const save = async () => {
    const sent = changed();
    if (stopped || saving || !sent.length) return;
    saving = true;
    const values = sent.map((field) => field.value), body = new FormData();
    for (const name of ["csrf", "revision"]) body.append(name, form.elements[name].value);
    sent.forEach((field, index) => body.append(field.name, values[index]));
    try {
      const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (response.status === 409) {
        stopped = true;
        const banner = document.getElementById("overtaken");
        banner.querySelector("p > span:last-child").textContent = answer.overtaken;
        banner.hidden = false;
        banner.scrollIntoView({ block: "center" });
      } else if (response.ok) {
        for (const other of document.querySelectorAll("input[name=revision]")) other.value = answer.revision;
        sent.forEach((field, index) => { field.defaultValue = values[index]; });
        tell(answer);
      }
    } catch { /* no network: what is typed stays, and is sent with the next change or by the button */ }
    saving = false;
    if (changed().length && !stopped) soon();
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(save, 800); };
  form.addEventListener("input", () => { addUp(); soon(); });
  form.addEventListener("submit", () => {
    stopped = true;
    // What was not changed here is not sent: somebody else may have changed it.
    for (const field of fields) field.disabled = field.value === field.defaultValue;
  });
  window.addEventListener("pageshow", () => { for (const field of fields) field.disabled = false; });
  window.addEventListener("beforeunload", (event) => { if (!stopped && changed().length) event.preventDefault(); });

  // Enter and the arrows go from row to row.
  table.addEventListener("keydown", (event) => {
    const down = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!down || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    const column = inputsOf(table, event.target.closest("td").dataset.unit);
    column[column.indexOf(event.target) + down]?.focus();
  });

  // Pasting from a spreadsheet: rows of groups, which hold sums there, are passed over if the sums are right.
  table.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (event.target.tagName !== "INPUT" || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const lines = text.replace(/[\r\n]+$/, "").split(/\r?\n/).map((line) => line.split("\t"));
    const rows = [...table.querySelectorAll("tbody tr")], first = rows.indexOf(event.target.closest("tr"));
    const covered = rows.slice(first, first + lines.length);
    const grouped = covered.some((row) => "group" in row.dataset) && covered.every((row, index) => {
      if (!("group" in row.dataset)) return true;
      const next = covered.findIndex((each, at) => at > index && "group" in each.dataset);
      const below = lines.slice(index + 1, next < 0 ? undefined : next);
      const whole = next >= 0 || row.parentElement.rows.length - 1 === below.length;
      return !lines[index][0].trim() || (whole && thousandths(lines[index][0]) === below.reduce((all, line) => all + thousandths(line[0]), 0));
    });
    const into = grouped ? covered : rows.slice(first).filter((row) => !("group" in row.dataset));
    lines.forEach((cells, index) => {
      if (!into[index] || "group" in into[index].dataset) return;
      const inputs = [...into[index].querySelectorAll("td:not([hidden]) input")];
      const start = inputs.findIndex((input) => input.closest("td").dataset.unit === event.target.closest("td").dataset.unit);
      cells.forEach((cell, at) => { if (inputs[start + at]) inputs[start + at].value = cell.trim(); });
    });
    form.dispatchEvent(new Event("input"));
  });

  // On a phone one unit at a time, without a way to the server.
  const narrow = matchMedia("(max-width: 40rem)"), choices = [...form.querySelectorAll(".unit-choice [data-unit]")];
  const onlyOne = (unit) => {
    for (const part of table.querySelectorAll("[data-unit]")) part.hidden = narrow.matches && part.dataset.unit !== unit;
    for (const choice of choices) choice.toggleAttribute("aria-current", choice.dataset.unit === unit);
  };
  if (table.querySelectorAll("thead [data-unit]").length > 1) {
    for (const choice of choices) {
      choice.addEventListener("click", (event) => { event.preventDefault(); onlyOne(choice.dataset.unit); });
    }
    const reachable = location.hash.split("/")[1];
    onlyOne(reachable ?? choices[0].dataset.unit);
    narrow.addEventListener("change", () => onlyOne(choices[0].dataset.unit));
    // A link to a cell that is not shown shows its unit first.
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#p/"]');
      if (link && narrow.matches) onlyOne(decodeURIComponent(link.hash).split("/")[1]);
    });
  }
  addUp();
})();
