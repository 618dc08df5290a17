// The model's card: how good it is, from what, and its whole report.

import { el, fill } from "./dom.js";
import { asDay, asNumber, asPercent, asWhole } from "./format.js";

const TITLES = {
  roc_auc: "ROC AUC", pr_auc: "PR AUC", log_loss: "Log loss (lower is better)", brier: "Brier score (lower is better)",
  ece: "ECE (lower is better)", recall: "Recall at the threshold", precision: "Precision at the threshold",
  lift_top_decile: "Lift in the top decile",
};

export function modelView(parent, { model }) {
  const test = model.metrics?.test ?? {};
  const logistic = model.metrics?.logistic_regression ?? {};
  const rows = Object.entries(TITLES).filter(([name]) => test[name]).map(([name, title]) => row(title, test[name], logistic[name]));
  fill(parent,
    el("div", { class: "card" }, el("h2", {}, `${model.name} ${model.version}`), el("ul", { class: "facts" }, ...facts(model).map((fact) => el("li", {}, fact)))),
    rows.length ? el("div", { class: "card" }, el("h2", {}, "How good it is"), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "How good it is" }, table(rows))) : null,
    el("div", { class: "card" }, el("h2", {}, "The report"), el("p", {}, el("a", { href: "/report" }, "Open it alone")),
      el("iframe", { src: "/report", title: "The report of the model", class: "report" })));
}

function facts(model) {
  const data = model.data ?? {};
  return [
    data.rows ? `Learned from ${data.file}: ${asWhole(data.rows)} customers, ${asPercent(data.churn_rate)} of whom left. Good for customers like those.` : null,
    model.created ? `Made on ${asDay(model.created)}. When prices, products or the market have changed since, train it anew.` : null,
    model.as_of ? `Dates are counted back from ${asDay(model.as_of)}.` : null,
    `A customer is flagged from ${asPercent(model.threshold)}: ${model.training?.threshold_rule ?? ""}.`,
    `Engine: ${model.engine}.`,
  ].filter(Boolean);
}

function table(rows) {
  return el("table", {}, el("thead", {}, el("tr", {}, ...["Metric", "This model", "95 % interval", "Logistic regression"].map((text, place) => el("th", { scope: "col", class: place ? "n" : null }, text)))), el("tbody", {}, ...rows));
}

function row(title, ours, theirs) {
  const short = (value) => asNumber(Math.round(value * 1000) / 1000);
  return el("tr", {}, el("th", { scope: "row" }, title), el("td", { class: "n" }, short(ours.value)), el("td", { class: "n" }, `${short(ours.low)} – ${short(ours.high)}`), el("td", { class: "n" }, theirs ? short(theirs.value) : "–"));
}
