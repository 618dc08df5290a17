// All answers as a file, made by the service; that takes a while where every customer gets reasons.

import { Unreachable } from "./api.js";
import { el } from "./dom.js";

const REASONS = 3;

export class Downloads {
  constructor(name, ask, economics, report) {
    this.report = report;
    this.stem = name.replace(/\.[^.]*$/, "");
    this.ask = ask;
    this.economics = economics;
    this.explain = el("input", { type: "checkbox", id: "download-reasons", checked: true });
    this.cancel = el("button", { type: "button", hidden: true, onclick: () => this.controller.abort() }, "Cancel the download");
    this.said = el("span", { role: "status" });
    this.buttons = [["CSV", "csv"], ["Parquet", "parquet"]].map(([title, format]) => el("button", { type: "button", onclick: () => this.fetch(format) }, `Download ${title}`));
    this.element = el("div", { class: "buttons" }, ...this.buttons, el("label", { class: "inline" }, this.explain, "with reasons"), this.cancel, this.said);
  }

  async fetch(format) {
    const economics = this.economics();
    this.controller = new AbortController();
    this.busy(true, "The file is being made …");
    try {
      const question = { format, explain: this.explain.checked ? REASONS : 0, ...(economics ? { economics } : {}) };
      save(await this.ask(question, { signal: this.controller.signal, as: "blob" }), `${this.stem}-answers.${format}`);
      this.busy(false, "");
    } catch (error) {
      this.busy(false, error.name === "AbortError" ? "Cancelled." : error.message);
      if (error instanceof Unreachable) this.report(error);
    }
  }

  busy(isBusy, sentence) {
    this.cancel.hidden = !isBusy;
    for (const button of this.buttons) button.disabled = isBusy;
    this.said.textContent = sentence;
  }
}

function save(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
