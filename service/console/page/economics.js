// What a customer is worth, what a contact costs, how often it works, and how many may be contacted.

import { el, labelled } from "./dom.js";
import { asWhole } from "./format.js";

export class Economics {
  constructor(list, onChange) {
    const { value, contact_cost, contact_success } = list.usual;
    const field = list.amounts.includes(value) ? value : "";
    this.value = el("select", { id: "value", onchange: () => { this.amount.disabled = this.value.value !== ""; onChange(); } },
      el("option", { value: "" }, "the amount beside"), ...list.amounts.map((name) => el("option", { value: name, selected: name === field }, name)));
    this.amount = input("amount", typeof value === "number" ? value : null, "such as 200", onChange);
    this.amount.disabled = field !== "";
    this.cost = input("contact-cost", contact_cost, "such as 10", onChange);
    this.success = input("contact-success", contact_success, "such as 0.3", onChange);
    this.all = true;
    this.budget = el("input", { type: "range", id: "budget", min: 1, max: 1, disabled: true, oninput: () => { this.all = this.budget.value === this.budget.max; this.tell(); onChange(); } });
    this.told = el("output", { for: "budget" });
    this.error = el("p", { class: "note error", role: "alert" });
    this.element = el("div", { class: "economics" },
      labelled("A customer who stays is worth", "value", this.value), labelled("Amount", "amount", this.amount),
      labelled("A contact costs", "contact-cost", this.cost), labelled("Chance that it works, 0 to 1", "contact-success", this.success),
      el("div", { class: "field wide" }, el("div", { class: "ends" }, el("label", { for: "budget" }, "Contact at the most"), this.told), this.budget), this.error);
  }

  // What /decide takes; null as long as a figure is missing.
  get given() {
    const value = this.value.value || number(this.amount), contact_cost = number(this.cost), contact_success = number(this.success);
    if ([value, contact_cost, contact_success].includes("")) return null;
    return { value, contact_cost, contact_success, ...(this.all ? {} : { budget: { contacts: Number(this.budget.value) } }) };
  }

  // The slider goes to where contacting does not pay any more.
  mostContacts(pay) {
    this.budget.max = Math.max(pay, 1);
    this.budget.disabled = pay < 2;
    if (this.all) this.budget.value = this.budget.max;
    this.tell();
  }

  tell() {
    this.told.textContent = this.budget.disabled ? "" : this.all ? `all ${asWhole(Number(this.budget.max))} for whom it pays` : asWhole(Number(this.budget.value));
  }

  say(sentence) {
    this.error.textContent = sentence;
  }
}

function input(id, value, placeholder, oninput) {
  return el("input", { id, value: value ?? "", placeholder, inputmode: "decimal", autocomplete: "off", oninput });
}

// What is no number goes as it is: the service says what is wrong with it.
function number(control) {
  const text = control.value.trim().replace(",", ".");
  return text === "" || !Number.isFinite(Number(text)) ? text : Number(text);
}
