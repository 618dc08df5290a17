// One customer: the form, the probability, why, and what would change it. All figures are answers of the API.

import { ask, credentials, newest, Problem } from "./api.js";
import { el, fill } from "./dom.js";
import { CustomerForm } from "./form.js";
import { asPercent, asPoints } from "./format.js";
import { gauge } from "./gauge.js";
import { reasonBars } from "./reasons.js";

const WAIT_MS = 40;
const SHOWN_REASONS = 8;
const SHOWN_SUGGESTIONS = 6;

export function customerView(parent, { schema, model }, report) {
  const view = new CustomerView(schema, model, report);
  fill(parent, ...view.elements);
  view.start();
  return view;
}

class CustomerView {
  constructor(schema, model, report) {
    this.report = report;
    this.form = new CustomerForm(schema, () => this.changed());
    this.explain = newest((signal, record) => ask("/explain", record, { signal }));
    this.before = null;
    this.gauge = gauge(model.bands, model.threshold);
    this.figure = el("p", { class: "probability" }, "–");
    this.said = el("p", { class: "said" });
    this.general = el("p", { class: "note error" });
    this.why = el("div", { class: "why" });
    this.suggestions = el("div", { class: "suggestions" });
    this.copied = el("span", { class: "copied", role: "status" });
  }

  get elements() {
    const buttons = el("div", { class: "buttons" },
      button("Example", () => this.fillIn(this.form.example)),
      button("Clear", () => this.fillIn({})),
      button("Reset the comparison", () => { this.before = null; this.changed(); }));
    const share = el("div", { class: "buttons" },
      button("Copy as curl", () => this.copy(this.curl())),
      button("Copy link with this record", () => this.copy(this.link())), this.copied);
    const answer = el("div", { class: "answer" },
      el("div", { class: "card result", "aria-live": "polite" }, el("h2", {}, "Probability of leaving"), this.figure, this.gauge.picture, this.said, this.general),
      el("div", { class: "card" }, el("h2", {}, "Why"), this.why),
      el("div", { class: "card" }, el("h2", {}, "What would lower it?"), button("Try what can be changed", () => this.suggest()), this.suggestions),
      share);
    return [el("div", { class: "columns" }, el("div", {}, el("div", { class: "card" }, el("h2", {}, "The customer"), buttons, this.form.element)), answer)];
  }

  start() {
    this.fillIn(fromLink() ?? this.form.example);
  }

  fillIn(record) {
    this.form.record = record;
    this.before = null;
    fill(this.suggestions);
    this.changed();
  }

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.update(), WAIT_MS);
  }

  async update() {
    if (this.form.isEmpty) return this.showNothing("Fill in the form, or start from the example.");
    try {
      const answer = await this.explain(this.form.record);
      if (answer) this.show(answer.predictions[0]);
    } catch (error) {
      this.refuse(error);
    }
  }

  show(prediction) {
    const share = prediction.churn_probability;
    this.before ??= share;
    const difference = share - this.before;
    this.figure.textContent = asPercent(share);
    this.gauge.show(share, Math.abs(difference) > 0.0005 ? this.before : null);
    const flagged = prediction.churn ? "flagged" : "not flagged";
    const moved = Math.abs(difference) > 0.0005 ? ` ${asPoints(difference)} since you began.` : "";
    this.said.textContent = `Risk ${prediction.risk}, ${flagged}.${moved}`;
    const notes = (prediction.warnings ?? []).map((warning) => ({ field: warning.field, text: warning.message, isError: false }));
    this.general.textContent = this.form.say(notes).join(" ");
    fill(this.why, reasonBars(prediction.reasons.slice(0, SHOWN_REASONS)));
  }

  showNothing(sentence) {
    this.figure.textContent = "–";
    this.gauge.clear();
    this.said.textContent = sentence;
    this.general.textContent = "";
    this.form.say([]);
    fill(this.why);
  }

  refuse(error) {
    if (!(error instanceof Problem)) return this.report(error);
    this.showNothing("");
    const notes = error.errors.map((one) => ({ field: one.field, text: `expected ${one.expected}, received ${one.received}`, isError: true }));
    const others = this.form.say(notes);
    this.general.textContent = [error.errors.length ? "" : error.message, ...others].filter(Boolean).join(" ");
    if (error.errors.length) this.said.textContent = "Something is missing or wrong; it stands beside the field.";
  }

  async suggest() {
    try {
      const answer = await ask("/whatif", { record: this.form.record });
      const better = answer.tried.filter((one) => one.difference < 0 && !one.warnings?.some((w) => w.code === "unseen_combination"));
      const shown = better.slice(0, SHOWN_SUGGESTIONS).map((one) => this.suggestion(one));
      fill(this.suggestions, shown.length ? el("ul", {}, ...shown) : el("p", {}, "Nothing that was tried lowers it."),
        el("p", { class: "help" }, "This is what the model expects of customers who are like that, not what the change would cause."));
    } catch (error) {
      fill(this.suggestions, el("p", { class: "note error" }, error.message));
    }
  }

  suggestion(one) {
    const apply = button("Apply", () => { this.form.field(one.field).value = one.value; this.changed(); });
    apply.setAttribute("aria-label", `Apply ${one.field} ${one.value}`);
    return el("li", {}, el("span", {}, `${one.field}: ${one.value}`), el("b", {}, asPercent(one.churn_probability)), el("span", {}, asPoints(one.difference)), apply);
  }

  curl() {
    const body = JSON.stringify(this.form.record).replaceAll("'", "'\\''");
    const key = credentials().Authorization ? ' -H "Authorization: Bearer $KEY"' : ""; // the key itself is not copied about
    return `curl '${location.origin}/predict?explain=3' -H 'Content-Type: application/json'${key} -d '${body}'`;
  }

  link() {
    const bytes = new TextEncoder().encode(JSON.stringify(this.form.record));
    const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    return `${location.origin}/#customer?${text}`;
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.copied.textContent = "Copied.";
    } catch {
      this.copied.textContent = text;
    }
  }
}

function button(text, onclick) {
  return el("button", { type: "button", onclick }, text);
}

function fromLink() {
  const text = location.hash.split("?")[1];
  if (!text) return null;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
