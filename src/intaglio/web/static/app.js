// The page: what is chosen, what runs, what is shown. All English is in words.json.
import { ask, thumbOf, tilesOf, upload } from "./api.js";
import { makeView } from "./view.js";
import { bytes, facts, make, number, say, seconds, words } from "./words.js";

const $ = (id) => document.getElementById(id);
const mpx = (one) => number((one.width * one.height) / 1e6, 3);
const NAMES = { tif: "TIFF", png: "PNG", jpg: "JPEG" };
const ACTIVE = ["queued", "running"], OVER = ["done", "failed", "canceled"];

const state = { pictures: [], networks: [], jobs: [], photo: null, job: null, sides: ["photo", "photo"], styles: new Map(), at: 0.5 };
const view = makeView($("view"), facts.viewer && new URL("openseadragon.min.js", import.meta.url).href, (deep) => {
  $("plain").hidden = deep;
  $("tools").classList.toggle("missing", !deep);
});
const picture = (id) => state.pictures.find((one) => one.id === id);
const job = (id) => state.jobs.find((one) => one.id === id);

// Speaking to the visitor

let silence;
function note(text, wrong = false) {
  clearTimeout(silence);
  $("note").textContent = text;
  $("note").hidden = !text;
  $("note").classList.toggle("wrong", wrong);
  if (wrong) { silence = setTimeout(() => note(""), 9000); }
}

const tried = (work) => async (...given) => { try { return await work(...given); } catch (error) { note(error.message, true); return undefined; } };

// Pictures and styles

function thumb(kind, one, name, act, pressed) {
  const image = make("img", { src: thumbOf(kind, one), alt: "", loading: "lazy" });
  const made = make("button", { type: "button", className: "thumb", title: name, onclick: act }, image, make("span", { textContent: name }));
  if (pressed !== undefined) { made.setAttribute("aria-pressed", pressed); }
  return made;
}

const bare = (name) => name.replace(/\.\w+$/, "");

function drawPictures() {
  const ready = state.pictures.filter((one) => one.state === "ready" && one.tiled);
  $("samples").replaceChildren(...ready.filter((one) => one.sample && one.role === "photo").map((one) => thumb("pictures", one, bare(one.name), () => choosePhoto(one.id))));
  const styles = ready.filter((one) => one.role === "style").map((one) => thumb("pictures", one, bare(one.name), () => toggleStyle(one.id), state.styles.has(one.id)));
  const add = make("button", { type: "button", className: "thumb add", onclick: () => $("style-file").click() }, make("i", { textContent: "+", ariaHidden: "true" }), make("span", { textContent: words.own_style }));
  $("styles").replaceChildren(...styles, add);
}

function toggleStyle(id) {
  if (!state.styles.delete(id)) { state.styles.set(id, 1); }
  drawPictures();
  drawWeights();
  plan();
}

function drawWeights() {
  if (state.styles.size < 2) { $("weights").replaceChildren(); return; }
  $("weights").replaceChildren(...[...state.styles].map(([id, share]) => {
    const output = make("output", { textContent: number(share) }), name = bare(picture(id).name);
    const range = make("input", { type: "range", min: 0.05, max: 1, step: 0.05, value: share, ariaLabel: say("weight", { name }) });
    range.oninput = () => { state.styles.set(id, Number(range.value)); output.textContent = number(Number(range.value)); plan(); };
    return make("div", { className: "pair" }, make("span", { textContent: name }), range, output);
  }));
}

const adding = tried(async (file, role) => {
  const name = file.name || words[role];
  let one = await upload(file, role, (share) => note(say("uploading", { name, share: Math.round(100 * share) })));
  while (!one.tiled) {
    note(say("tiling", { name }));
    await new Promise((done) => setTimeout(done, 250));
    one = await ask(`pictures/${one.id}`);
  }
  note("");
  state.pictures = await ask("pictures");
  if (role === "style") { toggleStyle(one.id); } else { drawPictures(); choosePhoto(one.id); }
});

function choosePhoto(id) {
  const same = state.jobs.filter((one) => one.wanted.content === id && one.rows);
  state.photo = id;
  state.job = null;
  state.sides = ["photo", same.length ? same[0].id : "photo"];
  location.hash = `picture=${id}`;
  if (!state.styles.size) { const first = state.pictures.find((one) => one.role === "style" && one.tiled); if (first) { toggleStyle(first.id); } }
  draw();
  plan();
}

// What is asked for, and what it costs

function wanted() {
  const network = document.querySelector("[name=network]:checked");
  if (!state.photo || !state.styles.size || !network) { return null; }
  const stroke = $("stroke").value;
  return {
    content: state.photo, styles: [...state.styles.keys()], network: network.value,
    options: {
      strength: Number($("strength").value), keep_colors: $("colors").value, stroke: stroke ? Number(stroke) : null,
      weights: state.styles.size > 1 ? [...state.styles.values()] : [], approximate: $("approximate").checked,
    },
  };
}

let planning = 0;
async function plan() {
  const mine = ++planning, asked = wanted();
  $("run").disabled = true;
  $("cost").classList.remove("wrong");
  if (!asked) { $("cost").textContent = words.cost_wait; return; }
  await new Promise((done) => setTimeout(done, 200));
  if (mine !== planning) { return; }
  try {
    const cost = await ask("plans", "POST", asked);
    if (mine !== planning) { return; }
    $("cost").textContent = say("cost", { mpx: number(cost.megapixels, 3), passes: cost.passes, memory: bytes(cost.memory), time: seconds(cost.seconds) });
    $("run").disabled = false;
  } catch (error) {
    if (mine !== planning) { return; }
    $("cost").textContent = error.message;
    $("cost").classList.add("wrong");
  }
}

const run = tried(async () => {
  const made = await ask("jobs", "POST", wanted());
  state.jobs.unshift(made);
  openJob(made.id);
  poll();
});

// Shows a job, and asks for the same again.
function openJob(id) {
  const { styles, network, options } = job(id).wanted;
  state.styles = new Map(styles.map((style, place) => [style, options.weights[place] || 1]).filter(([style]) => picture(style)));
  const radio = document.querySelector(`[name=network][value="${CSS.escape(network)}"]`);
  if (radio) { radio.checked = true; }
  Object.assign($("strength"), { value: options.strength }).oninput();
  Object.assign($("stroke"), { value: options.stroke === null ? "" : String(options.stroke) });
  Object.assign($("colors"), { value: options.keep_colors });
  $("approximate").checked = options.approximate;
  drawPictures();
  drawWeights();
  state.job = id;
  state.photo = job(id).wanted.content;
  state.sides = ["photo", id];
  location.hash = `job=${id}`;
  draw();
}

// Networks

const pace = (one) => say(one.measured ? "pace_measured" : "pace_estimated", { seconds: number(one.seconds_per_megapixel) });

function drawNetworks() {
  const chosen = (document.querySelector("[name=network]:checked") || {}).value || state.networks[0].name;
  $("networks").replaceChildren(...state.networks.map((one) => {
    const radio = make("input", { type: "radio", name: "network", value: one.name, checked: one.name === chosen, onchange: plan });
    const facts = say("network_facts", { parameters: `${number(one.parameters / 1e6)} M`, size: bytes(one.bytes), pace: pace(one) });
    return make("label", { title: one.title }, radio, make("span", { textContent: one.name }), make("small", { textContent: facts }));
  }));
}

// The stage

function draw() {
  const photo = picture(state.photo);
  for (const id of ["tools", "side-left", "side-right"]) { $(id).hidden = !photo; }
  $("empty").hidden = Boolean(photo);
  drawGallery();
  if (!photo) { return; }
  const choices = [["photo", words.original], ...state.jobs.filter((one) => one.wanted.content === photo.id && (one.rows || one.id === state.job)).map((one) => [one.id, jobName(one)])];
  state.sides = state.sides.map((side) => (choices.some(([id]) => id === side) ? side : "photo"));
  ["left", "right"].forEach((place, index) => drawSide($(`side-${place}`), index, choices));
  const sources = state.sides.map((side) => (side === "photo" ? tilesOf("pictures", photo) : tilesOf("jobs", job(side))));
  const two = state.sides[0] !== state.sides[1];
  $("curtain").hidden = !two;
  view.show(two ? sources : [sources[0]]);
  curtain(state.at);
  drawWork();
  drawResult();
}

const jobName = (one) => `${one.wanted.network} · ${one.wanted.styles.map((id) => bare((picture(id) || { name: "?" }).name)).join(" + ")}`;

function drawSide(side, index, choices) {
  const select = side.querySelector("select"), shown = state.sides[index], now = JSON.stringify([choices, shown]);
  // Drawn anew only for a reason: it may be open.
  if (side.dataset.of !== now) { select.replaceChildren(...choices.map(([id, name]) => make("option", { value: id, textContent: name, selected: id === shown }))); }
  side.dataset.of = now;
  select.onchange = () => { state.sides[index] = select.value; state.job = select.value === "photo" ? state.job : select.value; draw(); };
  const photo = picture(state.photo), one = shown === "photo" ? null : job(shown);
  const network = one && state.networks.find((each) => each.name === one.wanted.network);
  side.querySelector("small").textContent = !one ? say("original_facts", photo) : !network ? "" : say("side_facts", {
    size: bytes(network.bytes),
    pace: one.state === "done" ? say("pace_measured", { seconds: number((one.seconds * 1e6) / (one.width * one.height)) }) : pace(network),
  });
}

function drawWork() {
  const one = job(state.job), shown = one && one.state !== "done" && one.wanted.content === state.photo;
  $("work").hidden = !shown;
  if (!shown) { return; }
  const total = (one.width * one.height) / 1e6, running = one.state === "running" && one.task;
  $("bar").value = one.done / total;
  $("told").textContent = running
    ? say("progress", { task: one.task, done: number(one.done, 3), total: number(total, 3) }) + (one.remaining === null ? "" : say("left_time", { time: seconds(one.remaining) }))
    : say(`state_${one.state}`, { error: one.error });
  const acts = one.state === "paused" ? ["resume", "cancel"] : OVER.includes(one.state) ? [] : ["pause", "cancel"];
  if ($("acts").dataset.of === acts.join()) { return; }
  $("acts").dataset.of = acts.join();
  $("acts").replaceChildren(...acts.map((act) => make("button", { type: "button", textContent: words[act], onclick: () => wish(act) })));
}

const wish = tried(async (act) => {
  const changed = await ask(`jobs/${state.job}`, "PATCH", { wish: act === "resume" ? "run" : act });
  state.jobs = state.jobs.map((one) => (one.id === changed.id ? changed : one));
  draw();
  poll();
});

function drawResult() {
  const one = job(state.job), done = one && one.state === "done" && one.wanted.content === state.photo;
  $("result").hidden = !done;
  if (!done || $("result").dataset.of === one.id) { return; }
  $("result").dataset.of = one.id;
  const files = ["tif", "png", "jpg"].map((suffix) => make("a", { href: `/api/jobs/${one.id}/result.${suffix}`, textContent: NAMES[suffix], ariaLabel: `${words.download} ${NAMES[suffix]}` }));
  const copies = [["copy_command", "command_line"], ["copy_python", "python"]].map(([word, field]) => {
    const button = make("button", { type: "button", textContent: words[word] });
    button.onclick = tried(async () => {
      await navigator.clipboard.writeText((await ask(`jobs/${one.id}/copies`))[field]);
      button.textContent = words.copied;
      setTimeout(() => { button.textContent = words[word]; }, 1600);
    });
    return button;
  });
  $("result").replaceChildren(make("h2", { textContent: say("state_done", { time: seconds(one.seconds) }) }), ...files, ...copies);
}

function curtain(at) {
  state.at = Math.max(0, Math.min(1, at));
  $("curtain").style.left = `${100 * state.at}%`;
  $("curtain").setAttribute("aria-valuenow", Math.round(100 * state.at));
  view.curtain(state.at);
}

// Past work

let drawn;
function drawGallery() {
  const now = JSON.stringify(state.jobs.map((one) => [one.id, one.state, one.rows > 0]));
  if (now === drawn || !state.pictures.length) { return; }
  drawn = now;
  $("gallery-empty").hidden = state.jobs.length > 0;
  $("jobs").replaceChildren(...state.jobs.map((one) => {
    const kind = one.rows ? ["jobs", one] : ["pictures", picture(one.wanted.content)];
    const button = thumb(...kind, jobName(one), () => { openJob(one.id); scrollTo({ top: 0, behavior: "smooth" }); plan(); });
    const facts = make("small", { textContent: `${mpx(one)} Mpx · ${say(`state_${one.state}`, { time: seconds(one.seconds), error: one.error })}` });
    const remove = make("button", { type: "button", className: "remove", textContent: words.remove, ariaLabel: `${words.remove} ${jobName(one)}` });
    remove.onclick = tried(async () => { await ask(`jobs/${one.id}`, "DELETE"); state.jobs = state.jobs.filter((each) => each.id !== one.id); draw(); });
    return make("li", {}, button, facts, ...(one.state === "running" ? [] : [remove]));
  }));
}

// Following what runs

let polling = false;
async function poll() {
  if (polling) { return; }
  polling = true;
  while (state.jobs.some((one) => ACTIVE.includes(one.state))) {
    await new Promise((done) => setTimeout(done, document.hidden ? 4000 : 1000));
    try {
      const found = await ask("jobs?unsettled=true"), known = new Set(found.map((one) => one.id));
      const over = state.jobs.filter((one) => !OVER.includes(one.state) && !known.has(one.id));
      found.push(...(await Promise.all(over.map((one) => ask(`jobs/${one.id}`)))));
      const news = new Map(found.map((one) => [one.id, one]));
      state.jobs = state.jobs.map((one) => news.get(one.id) || one);
      if (over.length) { state.networks = await ask("networks"); drawNetworks(); }
      if ($("note").textContent === words.lost) { note(""); }
    } catch { note(words.lost); }
    draw();
  }
  polling = false;
}

// Hands

const acts = {
  photo: () => $("photo-file").click(),
  in: () => view.zoom(1.5),
  out: () => view.zoom(1 / 1.5),
  fit: () => view.fit(),
  one: () => view.one(),
  flip: () => curtain(state.at > 0.5 ? 0 : 1),
};
const arrows = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
const keys = { 0: "fit", 1: "one", "+": "in", "=": "in", "-": "out", " ": "flip" };

document.addEventListener("click", (event) => { const button = event.target.closest("[data-do]"); if (button) { acts[button.dataset.do](); } });
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, button, a, [role=slider]") || event.ctrlKey || event.metaKey || event.altKey || !state.photo) { return; }
  if (arrows[event.key]) { event.preventDefault(); view.pan(...arrows[event.key]); }
  if (keys[event.key]) { event.preventDefault(); acts[keys[event.key]](); }
});
$("curtain").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
  if (step) { event.preventDefault(); curtain(state.at + step); }
});
$("curtain").addEventListener("pointerdown", (event) => { $("curtain").setPointerCapture(event.pointerId); });
$("curtain").addEventListener("pointermove", (event) => {
  const box = $("stage").getBoundingClientRect();
  if ($("curtain").hasPointerCapture(event.pointerId)) { curtain((event.clientX - box.left) / box.width); }
});
for (const role of ["photo", "style"]) {
  $(`${role}-file`).onchange = (event) => { const [file] = event.target.files; if (file) { adding(file, role); } event.target.value = ""; };
}
const dropped = (list, target) => { const file = [...list].find((one) => one.type.startsWith("image/") || /\.tiff?$/i.test(one.name)); if (file) { adding(file, target); } };
document.addEventListener("dragover", (event) => { event.preventDefault(); $("stage").classList.add("over"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) { $("stage").classList.remove("over"); } });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  $("stage").classList.remove("over");
  dropped(event.dataTransfer.files, event.target.closest && event.target.closest("#styles") ? "style" : "photo");
});
document.addEventListener("paste", (event) => dropped(event.clipboardData.files, "photo"));
$("controls").addEventListener("submit", (event) => { event.preventDefault(); run(); });
$("controls").addEventListener("change", plan);
$("strength").oninput = () => { document.querySelector("[for=strength] + .pair output").textContent = `${Math.round(100 * $("strength").value)} %`; };

// The beginning

// Pictures whose tiles are still being written, as after the first start, are shown when they are there.
async function settle() {
  while (state.pictures.some((one) => one.state === "ready" && !one.tiled && one.sample)) {
    await new Promise((done) => setTimeout(done, 500));
    state.pictures = await ask("pictures");
    drawPictures();
  }
}

await tried(async () => {
  const [pictures, jobs, studies] = await Promise.all(["pictures", "jobs", "studies"].map((path) => ask(path)));
  Object.assign(state, { pictures, jobs });
  $("studies").hidden = !studies.length;
  $("studies").querySelector("ul").replaceChildren(...studies.map((one) => make("li", {}, make("a", { href: `/study#${one.id}`, textContent: one.title ? say("figure_of", { kind: one.name, label: one.title }) : one.name }))));
  drawPictures();
  drawGallery();
  const [, kind, id] = location.hash.match(/^#(job|picture)=(\w+)$/) || [];
  state.networks = await ask("networks");
  drawNetworks();
  const waiting = jobs.find((one) => ACTIVE.includes(one.state));
  if (kind === "job" && job(id)) { openJob(id); } else if (kind === "picture" && picture(id)) { choosePhoto(id); } else if (waiting) { openJob(waiting.id); }
  plan();
  poll();
  await settle();
})();
