// The frame: which view is shown, whether the service is there, and what it serves.

import { ask, keepKey, onKeyWanted, Problem } from "./api.js";
import { customerView } from "./customer.js";
import { fill } from "./dom.js";
import { listView } from "./list.js";
import { modelView } from "./model.js";

const LOOK_MS = 10_000, LOOK_WHEN_LOST_MS = 2_000;
const VIEWS = { customer: customerView, list: listView, model: modelView };
const banner = document.getElementById("banner");
let served = null;
let shown = {};
let isLost = false;
let timer = null;

async function load() {
  const [schema, model] = await Promise.all([ask("/schema"), ask("/model")]);
  const isNew = served !== null && served.model.version !== model.version;
  served = { schema, model };
  document.getElementById("model-name").textContent = `${model.name} ${model.version}`;
  shown = {};
  show();
  say(isNew ? `The service now answers with ${model.name} ${model.version}; the page was made anew.` : "");
}

function say(sentence) {
  banner.textContent = sentence;
  banner.hidden = sentence === "";
}

function show() {
  const wanted = location.hash.slice(1).split("?")[0];
  const name = wanted in VIEWS ? wanted : "customer";
  for (const view of document.querySelectorAll(".view")) view.hidden = view.id !== `view-${name}`;
  for (const link of document.querySelectorAll("nav a[data-view]")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (served && !shown[name]) {
    const parent = document.getElementById(`view-${name}`);
    fill(parent);
    shown[name] = VIEWS[name](parent, served, lost) ?? true;
  }
}

// Called when a question found nobody: say so, and look until somebody is there again.
function lost(error) {
  isLost = true;
  say(`${error.message} Trying again …`);
  lookIn(LOOK_WHEN_LOST_MS);
}

function lookIn(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(look, milliseconds);
}

async function look() {
  try {
    const model = await ask("/model");
    if (served === null || model.version !== served.model.version) await load();
    else if (isLost) say("");
    isLost = false;
    lookIn(LOOK_MS);
  } catch (error) {
    lost(error instanceof Problem ? new Error(`The service is not ready: ${error.message}`) : error);
  }
}

const keyForm = document.getElementById("key"), keyText = document.getElementById("key-text");

onKeyWanted(() => { keyForm.hidden = false; });

keyForm.addEventListener("submit", (event) => {
  event.preventDefault();
  keepKey(keyText.value.trim());
  keyText.value = "";
  keyForm.hidden = true;
  shown = shown.customer ? { customer: shown.customer } : {}; // the views ask again, and what was filled in stays
  shown.customer?.changed();
  show();
});

window.addEventListener("hashchange", show);
show();
look();
