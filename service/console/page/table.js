// The customers of a list, fifty at a time: sorted, filtered and searched by the service.

import { newest, Problem } from "./api.js";
import { el, fill, labelled } from "./dom.js";
import { asAmount, asPercent, asWhole } from "./format.js";
import { reasonBars, unbroken } from "./reasons.js";

const PAGE = 50;
const WAIT_MS = 200;
const REASONS = 3;
const COLUMNS = [["customer_id", "Customer"], ["churn_probability", "Probability"], [null, "Risk"], ["expected_profit", "Expected profit"], [null, "Why"]];
const DOWN_FIRST = ["churn_probability", "expected_profit"];

export class CustomersTable {
  constructor(ask, economics, report) {
    this.report = report;
    this.economics = economics;
    this.sort = null;
    this.descending = true;
    this.from = 0;
    this.ask = newest((signal, question) => ask(question, { signal }));
    this.search = el("input", { type: "search", id: "search", placeholder: "part of an identifier", oninput: () => this.soon() });
    this.risk = select("risk", [["", "any"], ["high", "high"], ["medium", "medium"], ["low", "low"]], () => this.again());
    this.only = select("only", [["all", "all customers"], ["contacted", "those to contact"], ["left_out", "those left out"]], () => this.again());
    this.head = el("tr", {});
    this.body = el("tbody", {});
    this.where = el("span", { role: "status" });
    this.back = el("button", { type: "button", onclick: () => this.turn(-PAGE) }, "Previous");
    this.next = el("button", { type: "button", onclick: () => this.turn(PAGE) }, "Next");
    this.element = el("div", {},
      el("div", { class: "filters" }, labelled("Search", "search", this.search), labelled("Risk", "risk", this.risk), labelled("Show", "only", this.only)),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Customers" }, el("table", { class: "customers" }, el("thead", {}, this.head), this.body)),
      el("div", { class: "buttons" }, this.back, this.next, this.where));
  }

  // Without the figures there is no profit to sort and no contact to filter by.
  economicsChanged() {
    const decides = this.economics() !== null;
    if (this.only.disabled === decides || this.sort === null) this.by(decides ? "expected_profit" : "churn_probability", true);
    this.only.disabled = !decides;
    if (!decides) this.only.value = "all";
    this.again();
  }

  by(name, descending) {
    this.sort = name;
    this.descending = descending;
    fill(this.head, ...COLUMNS.map(([column, title]) => this.heading(column, title)));
  }

  heading(name, title) {
    if (!name) return el("th", { scope: "col" }, title);
    const isThis = name === this.sort;
    const arrow = isThis ? (this.descending ? " ↓" : " ↑") : "";
    const turned = isThis ? !this.descending : DOWN_FIRST.includes(name);
    return el("th", { scope: "col", class: DOWN_FIRST.includes(name) ? "n" : null, "aria-sort": isThis ? (this.descending ? "descending" : "ascending") : null },
      el("button", { type: "button", class: "sort", disabled: name === "expected_profit" && this.economics() === null, onclick: () => { this.by(name, turned); this.again(); this.focus(name); } }, title, el("span", { "aria-hidden": "true" }, arrow)));
  }

  // The headings were made anew, and with them the button that was pressed.
  focus(name) {
    this.head.children[COLUMNS.findIndex(([column]) => column === name)].querySelector("button").focus();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.again(), WAIT_MS);
  }

  again() {
    this.from = 0;
    this.load();
  }

  turn(step) {
    this.from = Math.max(0, this.from + step);
    this.load();
  }

  async load() {
    const economics = this.economics();
    const question = { sort: this.sort, descending: this.descending, only: this.only.value, search: this.search.value, from: this.from, count: PAGE, explain: REASONS };
    if (economics) question.economics = economics;
    if (this.risk.value) question.risk = [this.risk.value];
    try {
      const answer = await this.ask(question);
      if (answer) this.show(answer);
    } catch (error) {
      if (!(error instanceof Problem)) return this.report(error);
      fill(this.body);
      this.where.textContent = error.message;
    }
  }

  show({ total, rows }) {
    fill(this.body, ...rows.map((row) => customer(row)));
    const last = Math.min(this.from + rows.length, total);
    this.where.textContent = total ? `${asWhole(this.from + 1)} to ${asWhole(last)} of ${asWhole(total)}` : "No customer matches.";
    this.back.disabled = this.from === 0;
    this.next.disabled = last >= total;
  }
}

function customer(row) {
  const profit = row.expected_profit ?? null;
  return el("tr", { class: row.decision === "contacted" ? "contacted" : null },
    el("th", { scope: "row" }, row.customer_id ?? `row ${row.row}`), el("td", { class: "n" }, asPercent(row.churn_probability)),
    el("td", {}, el("span", { class: `risk ${row.risk}` }, row.risk)), el("td", { class: "n", title: row.decision?.replaceAll("_", " ") }, profit === null ? "–" : asAmount(profit)), el("td", {}, why(row)));
}

function why(row) {
  const notes = (row.warnings ?? []).map((warning) => el("p", { class: "note warning" }, `${warning.field}: ${warning.message}`));
  const said = row.sentence ? el("p", {}, row.sentence) : null;
  if (!row.reasons) return el("div", {}, said, ...notes);
  return el("details", {}, el("summary", {}, unbroken(row.reasons[0].sentence)), reasonBars(row.reasons), said, ...notes);
}

function select(id, options, onchange) {
  return el("select", { id, onchange }, ...options.map(([value, text]) => el("option", { value }, text)));
}
