"use strict";
const PAGE = 50, NAMES = {dataset: "Dataset", severity: "Severity", stage: "Stage", source: "File", column: "Field", rule: "Shape or rule"};
let data, hits = [], page = 0, open = new Set();
const $ = (id) => document.getElementById(id);

function make(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

async function unpack() {
  const bytes = Uint8Array.from(atob($("data").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

function field(name, control) {
  const label = make("label", name);
  label.append(control);
  $("filters").append(label);
}

function addFilters() {
  field("Search", make("input", null, {type: "search", id: "text"}));
  for (const [name, title] of Object.entries(NAMES)) {
    const select = make("select", null, {id: "by-" + name});
    select.append(make("option", "any", {value: ""}));
    const known = [...new Set(data.columns[name].filter((v) => v !== null))].sort();
    for (const value of known) select.append(make("option", value, {value}));
    field(title, select);
  }
  const waived = make("select", null, {id: "waived"});
  for (const [value, text] of [["", "any"], ["no", "not waived"], ["yes", "waived"]]) waived.append(make("option", text, {value}));
  field("Waived", waived);
  const clear = make("button", "Show all", {type: "button"});
  clear.addEventListener("click", () => { for (const c of $("filters").querySelectorAll("input, select")) c.value = ""; filter(); });
  $("filters").append(clear);
  for (const kind of ["input", "change"]) $("filters").addEventListener(kind, filter);
}

function filter() {
  const words = $("text").value.toLowerCase(), waived = $("waived").value, columns = data.columns;
  const asked = Object.keys(NAMES).map((n) => [n, $("by-" + n).value]).filter(([, v]) => v);
  hits = [];
  for (let i = 0; i < columns.rule.length; i++) {
    if (!asked.every(([n, v]) => columns[n][i] === v)) continue;
    if (waived && (waived === "yes") !== (columns.waived[i] !== null)) continue;
    if (words && !["message", "value", "subject", "key", "rule", "source", "column", "fix"].some((n) => (columns[n][i] ?? "").toLowerCase().includes(words))) continue;
    hits.push(i);
  }
  page = 0;
  draw();
}

function where(i) {
  const c = data.columns;
  return [c.source[i] ?? c.dataset[i], c.row[i], c.column[i]].filter((p) => p !== null).join(":");
}

function excerpt(i) {
  const mark = data.marks[i], lines = mark && data.lines[data.columns.source[i]];
  if (!lines) return make("p", "The row can't be shown: its file was not at hand, or is no text.", {class: "quiet"});
  const [at, begin, end] = mark, pre = make("pre", null, {tabindex: "0", "aria-label": "The row with its neighbours"});
  const shown = Object.keys(lines).map(Number).filter((n) => Math.abs(n - at) <= data.around || n === 1).sort((a, b) => a - b);
  for (const number of shown) {
    const line = make("span", null, number === at ? {class: "here"} : {}), text = lines[number];
    line.append(make("span", String(number).padStart(6) + "  ", {class: "number"}));
    if (number === at && end >= begin && (end > begin || begin > 0)) {
      line.append(text.slice(0, begin), make("mark", text.slice(begin, end) || "\u2420", {title: "the bad cell"}), text.slice(end));
    } else line.append(text);
    pre.append(line, "\n");
  }
  return pre;
}

function detail(i) {
  const c = data.columns, cell = make("td", null, {colspan: "8"}), list = make("dl");
  const facts = {Found: c.value[i], Expected: c.expected[i], Fix: fix(i), Waived: c.waived[i], Row: c.key[i], Entity: c.subject[i], Path: c.path[i], Stage: c.stage[i]};
  for (const [name, value] of Object.entries(facts)) if (value) list.append(make("dt", name), make("dd", value));
  cell.append(excerpt(i), list);
  const row = make("tr", null, {class: "detail", id: "detail-" + i});
  row.append(cell);
  return row;
}

function fix(i) {
  const c = data.columns;
  return c.fix[i] === null ? "" : c.fix[i] + (c.confidence[i] === null ? "" : " (" + Math.round(c.confidence[i] * 100) + " %)");
}

function draw() {
  const c = data.columns, body = $("rows").tBodies[0], first = page * PAGE, shown = hits.slice(first, first + PAGE);
  body.replaceChildren();
  for (const i of shown) {
    const row = make("tr"), severity = c.severity[i] + (c.waived[i] === null ? "" : ", waived");
    row.append(make("td", severity, {class: c.severity[i]}), make("th", where(i), {scope: "row"}), make("td", c.rule[i]), make("td", c.message[i]), make("td", c.value[i]), make("td", c.expected[i]), make("td", fix(i)));
    const toggle = make("button", "Row", {type: "button", "aria-expanded": String(open.has(i)), "aria-label": "Row of " + where(i)});
    toggle.addEventListener("click", () => {
      open.has(i) ? open.delete(i) : open.add(i);
      toggle.setAttribute("aria-expanded", String(open.has(i)));
      open.has(i) ? row.after(detail(i)) : row.nextElementSibling.remove();
    });
    const last = make("td");
    last.append(toggle);
    row.append(last);
    body.append(row);
    if (open.has(i)) body.append(detail(i));
  }
  const until = first + shown.length, total = c.rule.length;
  $("status").textContent = hits.length ? `${(first + 1).toLocaleString("en")} to ${until.toLocaleString("en")} of ${hits.length.toLocaleString("en")}` + (hits.length < total ? ` that fit (${total.toLocaleString("en")} in all)` : "") : total ? "None fits these filters." : "Nothing was set aside or warned of.";
  $("before").disabled = page === 0;
  $("next").disabled = until >= hits.length;
}

$("before").addEventListener("click", () => { page--; draw(); });
$("next").addEventListener("click", () => { page++; draw(); });
document.addEventListener("click", (event) => {
  const pick = event.target.closest(".pick");
  if (!pick || !data) return;
  $("by-" + pick.dataset.field).value = pick.dataset.value;
  filter();
  $("list").focus();
});
unpack().then((found) => { data = found; addFilters(); filter(); }, (fault) => { $("status").textContent = "The list can't be read: " + fault; });
