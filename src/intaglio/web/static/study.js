// A study, drawn from the data of its report's folder: what the paper says, plots, contact sheets, numbers.
import { ask } from "./api.js";
import { make, say, words } from "./words.js";

const $ = (id) => document.getElementById(id);
const VERDICTS = new Map([[true, "claim_holds"], [false, "claim_fails"], [null, "claim_open"]]);

function figure(study, one, label) {
  const kind = words[`figure_${one.kind}`] || one.kind.replaceAll("-", " "), src = `/api/studies/${study.id}/figures/${one.number}`;
  const name = label ? say("figure_of", { kind, label }) : kind;
  const image = make("img", { src, alt: name, loading: "lazy" });
  const link = make("a", { href: src, target: "_blank", rel: "noopener", ariaLabel: say("enlarge", { name }) }, image);
  return make("figure", { className: one.sheet ? "sheet" : "plate" }, link, make("figcaption", { textContent: kind }));
}

function claims(part) {
  const items = part.claims.map((one) => make("li", { className: VERDICTS.get(one.holds) }, make("b", { textContent: words[VERDICTS.get(one.holds)] }), make("span", { textContent: one.text })));
  return items.length ? [make("h3", { textContent: words.study_claims }), make("ul", { className: "claims" }, ...items)] : [];
}

function table(part) {
  const { columns, numbers, rows, seeds } = part.table;
  const kind = (place) => (numbers[place] ? "number" : "");
  const head = make("tr", {}, ...columns.map((name, place) => make("th", { scope: "col", className: kind(place), textContent: name })));
  const body = rows.map((row) => make("tr", {}, ...row.map((cell, place) => {
    const spread = cell.spread ? [make("small", { textContent: cell.spread })] : [];
    return make("td", { className: kind(place) }, cell.text, ...spread);
  })));
  const named = make("caption", { className: "hint", textContent: seeds > 1 ? say("study_seeds", { seeds }) : "" });
  // It may be wider than the page, and is scrolled by keys too.
  const scroll = make("div", { className: "scroll", tabIndex: 0, ariaLabel: part.label || words.study_numbers }, make("table", {}, named, make("thead", {}, head), make("tbody", {}, ...body)));
  scroll.setAttribute("role", "region");
  return [make("h3", { textContent: words.study_numbers }), scroll];
}

function drawPart(study, part) {
  // In the order of words.json, which is that of what they tell.
  const told = Object.keys(words), place = (one) => told.indexOf(`figure_${one.kind}`) >>> 0;
  const plots = part.figures.filter((one) => !one.sheet).sort((one, other) => place(one) - place(other)), sheets = part.figures.filter((one) => one.sheet);
  return make(
    "section", {},
    make("h2", { textContent: part.label || words.study_rest }),
    ...claims(part),
    ...(plots.length ? [make("div", { className: "plots" }, ...plots.map((one) => figure(study, one, part.label)))] : []),
    ...sheets.map((one) => figure(study, one, part.label)),
    ...(part.table && part.table.rows.length ? table(part) : []),
  );
}

function made(study) {
  const facts = [["study_day", study.made], ["study_code", study.code], ["study_machines", study.machines.join("; ")]].filter(([, value]) => value);
  const pairs = facts.map(([word, value]) => make("div", {}, make("dt", { textContent: words[word] }), make("dd", { textContent: value })));
  return facts.length ? [make("section", {}, make("h2", { textContent: words.study_made }), make("dl", { className: "made" }, ...pairs))] : [];
}

async function show() {
  try {
    const study = await ask(`studies/${location.hash.slice(1)}`), title = study.title || study.name;
    document.title = `${title} · ${words.title}`;
    $("heading").textContent = title.charAt(0).toUpperCase() + title.slice(1);
    $("lead").textContent = study.source ? say("study_lead", study) : study.parts.length ? "" : words.study_empty;
    $("links").replaceChildren(...(study.report ? [make("a", { href: `/api/studies/${study.id}/report`, textContent: words.study_report })] : []));
    const notes = study.notes.map((note) => make("p", { className: "hint", textContent: note }));
    $("parts").replaceChildren(...notes, ...study.parts.map((part) => drawPart(study, part)), ...made(study));
  } catch {
    $("lead").textContent = words.study_missing;
    $("parts").replaceChildren();
  }
}

addEventListener("hashchange", show);
show();
