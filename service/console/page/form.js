// A form for one customer, made from the schema: its kinds, levels, bounds, units and descriptions.

import { el, fill } from "./dom.js";
import { asNumber } from "./format.js";

export class CustomerForm {
  constructor(schema, onChange) {
    this.fields = schema.fields.map((field) => new FieldInput(field, schema.record.properties[field.name], onChange));
    this.example = schema.record.examples?.[0] ?? {};
    this.element = el("form", { class: "customer-form", autocomplete: "off", novalidate: true, onsubmit: (event) => event.preventDefault() },
      ...this.fields.map((field) => field.element));
  }

  // The record as it is to be sent; what is left empty is left out.
  get record() {
    const entries = this.fields.map((field) => [field.name, field.value]).filter(([, value]) => value !== undefined);
    return Object.fromEntries(entries);
  }

  set record(record) {
    for (const field of this.fields) field.value = record[field.name];
  }

  get isEmpty() {
    return this.fields.every((field) => field.value === undefined);
  }

  field(name) {
    return this.fields.find((field) => field.name === name);
  }

  // Put what is said of a field beside it; what is said of none is returned.
  say(notes) {
    for (const field of this.fields) field.say([]);
    const others = [];
    for (const note of notes) {
      const field = note.field === null ? undefined : this.field(note.field);
      if (field) field.say([...field.notes, note]);
      else others.push(note.text);
    }
    return others;
  }
}

class FieldInput {
  constructor(field, described, onChange) {
    this.name = field.name;
    this.field = field;
    this.notes = [];
    this.id = `field-${field.name.replace(/[^A-Za-z0-9]/g, "-")}`;
    this.noteId = `${this.id}-note`;
    this.note = el("p", { class: "note", id: this.noteId, "aria-live": "polite" });
    this.control = field.kind === "category" ? this.levels(onChange) : this.input(described, onChange);
    const unit = field.unit ? ` (${field.unit})` : "";
    this.element = el("div", { class: "field" },
      el("label", { for: this.id }, `${field.name}${unit}`, field.actionable ? el("span", { class: "tag", title: "You can do something about this" }, "actionable") : null),
      this.control, this.help(), this.note);
  }

  levels(onChange) {
    const control = el("select", { id: this.id, "aria-describedby": this.noteId, onchange: onChange }, el("option", { value: "" }, this.field.nullable ? "not given" : "choose"));
    this.field.levels.forEach((level, place) => control.append(el("option", { value: place }, String(level))));
    return control;
  }

  input(described, onChange) {
    const isNumber = this.field.kind === "number" || this.field.kind === "integer";
    const type = isNumber ? "text" : this.field.kind === "time" ? "time" : this.isIsoDate ? "date" : "text";
    const example = described?.examples?.[0];
    return el("input", {
      id: this.id, type, "aria-describedby": this.noteId, oninput: onChange, inputmode: isNumber ? "decimal" : null,
      placeholder: type === "text" && example !== undefined ? String(example) : null, step: type === "time" ? 1 : null,
    });
  }

  get isIsoDate() {
    return !this.field.date_format || this.field.date_format === "%Y-%m-%d";
  }

  help() {
    const range = this.field.kind === "number" || this.field.kind === "integer" ? this.field.training_range : null;
    const generic = /^(A (whole )?number|One of \d+ levels|A code|Yes or no|A date|A clock time)\.?$/.test(this.field.description ?? "");
    const parts = [generic ? "" : this.field.description, range ? `training saw ${asNumber(range[0])} to ${asNumber(range[1])}` : ""];
    const said = parts.filter(Boolean).join(" ");
    return said ? el("p", { class: "help" }, said) : null;
  }

  get value() {
    const text = this.control.value.trim();
    if (text === "") return undefined;
    if (this.field.kind === "category") return this.field.levels[Number(text)];
    if (this.field.kind === "number" || this.field.kind === "integer") {
      const number = Number(text.replace(",", "."));
      return Number.isFinite(number) ? number : text;
    }
    return text;
  }

  set value(value) {
    if (value === undefined || value === null) this.control.value = "";
    else if (this.field.kind === "category") {
      const place = this.field.levels.indexOf(value);
      this.control.value = place < 0 ? "" : String(place);
    } else this.control.value = String(value);
  }

  say(notes) {
    this.notes = notes;
    fill(this.note, ...notes.map((note) => el("span", { class: note.isError ? "error" : "warning" }, note.text)));
    this.control.setAttribute("aria-invalid", notes.some((note) => note.isError) ? "true" : "false");
  }
}

