// A list: a table that is dropped here, scored by a process of its own, and looked at page by page.

import { ask, Problem } from "./api.js";
import { curve } from "./curve.js";
import { Downloads } from "./download.js";
import { el, fill } from "./dom.js";
import { Economics } from "./economics.js";
import { asAmount, asMegabytes, asPercent, asWhole } from "./format.js";
import { histogram } from "./histogram.js";
import { CustomersTable } from "./table.js";
import { upload } from "./upload.js";

const POLL_MS = 300, LOST_POLL_MS = 2_000;
const WAIT_MS = 120;
const KEEP_MS = 20_000;
const SHOWN_REFUSED = 100;
const LISTS = "/console/lists";

export function listView(parent, { schema }, report) {
  const view = new ListView(schema, report);
  fill(parent, view.element);
  view.start();
  return view;
}

class ListView {
  constructor(schema, report) {
    this.schema = schema;
    this.report = report;
    this.id = null;
    this.limitBytes = Infinity;
    this.file = el("input", { type: "file", id: "list-file", accept: ".csv,.parquet,.arrow", onchange: () => this.take(this.file.files[0]) });
    this.progress = el("progress", { max: 1, "aria-label": "Progress", hidden: true });
    this.state = el("p", { class: "said", role: "status" });
    this.cancel = el("button", { type: "button", hidden: true, onclick: () => this.close(this.list ? "Forgotten." : "Cancelled.") });
    this.drop = el("div", { class: "drop" }, this.file, el("label", { for: "list-file" }, "Drop a table of customers here, or ", el("span", { class: "button" }, "choose one")),
      el("p", { class: "help" }, "CSV, Parquet or Arrow, with the columns of the schema. It is scored by this service alone, and forgotten an hour after you last looked."));
    for (const name of ["dragenter", "dragover"]) this.drop.addEventListener(name, (event) => { event.preventDefault(); this.drop.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) this.drop.addEventListener(name, () => this.drop.classList.remove("over"));
    this.drop.addEventListener("drop", (event) => { event.preventDefault(); this.take(event.dataTransfer.files[0]); });
    this.result = el("div", {});
    this.element = el("div", {}, el("div", { class: "card" }, this.drop, el("div", { class: "buttons" }, this.progress, this.cancel), this.state), this.result);
  }

  // A list that the address names is still there after the page was loaded again.
  async start() {
    const keeping = setInterval(() => this.keep() || clearInterval(keeping), KEEP_MS);
    try {
      const { limit_bytes, why_not } = await ask(LISTS);
      this.limitBytes = limit_bytes;
      this.file.disabled = why_not !== null;
      if (why_not) return this.end(why_not);
    } catch (error) {
      return this.fail(error);
    }
    const id = location.hash.split("?")[1];
    if (id && !this.id) this.follow(id);
  }

  // An open page says so now and then; a list that nobody asks for makes room for others.
  keep() {
    if (this.list) this.ask("").catch(() => {});
    return this.element.isConnected;
  }

  ask(question, body, options) {
    return ask(`${LISTS}/${this.id}${question && `/${question}`}`, body, options);
  }

  async take(file) {
    if (!file || this.file.disabled) return;
    await this.close("");
    if (file.size > this.limitBytes) {
      return this.end(`${file.name} has ${asMegabytes(file.size)}; at most ${asMegabytes(this.limitBytes)} are taken here. churn-score takes a file of any size.`);
    }
    try {
      this.busy(true);
      this.sending = upload(LISTS, file, (share) => this.show(share, `Sending ${file.name}: ${asPercent(share)}.`));
      const { id } = await this.sending.answer;
      this.sending = null;
      this.follow(id);
    } catch (error) {
      this.fail(error);
    } finally {
      this.file.value = "";  // so that the same file can be chosen again
    }
  }

  follow(id) {
    this.id = id;
    if (location.hash.startsWith("#list")) history.replaceState(null, "", `#list?${id}`);
    this.busy(true);
    this.poll(id);
  }

  async poll(id) {
    if (id !== this.id) return;
    try {
      const list = await this.ask("");
      if (id !== this.id) return;
      if (list.state === "done") return this.done(list);
      if (list.state === "failed") return this.close(list.error);
      this.show(list.share || null, list.state === "waiting" ? "Waiting until another list is scored." : `Scoring: ${asWhole(list.rows)} rows so far.`);
      setTimeout(() => this.poll(id), POLL_MS);
    } catch (error) {
      if (id !== this.id) return;
      if (error instanceof Problem) return this.fail(error);
      this.report(error);
      setTimeout(() => this.poll(id), LOST_POLL_MS);
    }
  }

  // Ends what goes on and forgets the list, here and in the service.
  async close(sentence) {
    this.sending?.cancel();
    this.sending = null;
    const forgotten = this.id && this.ask("", undefined, { method: "DELETE" }).catch(() => {});
    this.end(sentence);
    await forgotten;
  }

  busy(isBusy) {
    this.progress.hidden = !isBusy;
    this.cancel.hidden = !isBusy && !this.list;
    this.cancel.textContent = this.list ? "Forget this list" : "Cancel";
    this.progress.removeAttribute("value");
  }

  show(share, sentence) {
    if (share === null) this.progress.removeAttribute("value");
    else this.progress.value = share;
    this.state.textContent = sentence;
  }

  end(sentence) {
    this.id = this.list = null;
    if (location.hash.startsWith("#list")) history.replaceState(null, "", "#list");
    fill(this.result);
    this.busy(false);
    this.state.textContent = sentence;
  }

  fail(error) {
    if (error.name === "AbortError") return;
    this.end(error.message);
    if (!(error instanceof Problem)) this.report(error);
  }

  done(list) {
    this.list = list;
    this.busy(false);
    const notes = list.notes.length ? ` ${list.notes.join(" ")}` : "";
    this.state.textContent = `${list.name}: ${asWhole(list.rows)} rows read = ${asWhole(list.scored)} scored + ${asWhole(list.refused)} refused.${notes}`;
    this.economics = new Economics(list, () => this.changed());
    this.summary = el("p", { class: "said", "aria-live": "polite" });
    this.curve = el("div", { class: "card", hidden: true });
    this.table = new CustomersTable((question, options) => this.ask("rows", question, options), () => this.economics.given, this.report);
    const downloads = new Downloads(list.name, (question, options) => this.ask("download", question, options), () => this.economics.given, this.report);
    fill(this.result,
      el("div", { class: "columns" },
        el("div", { class: "card" }, el("h2", {}, "Whom to contact"), this.economics.element, this.summary),
        el("div", {},
          el("div", { class: "card" }, el("h2", {}, "How the risk is spread"), histogram(list.histogram), el("p", { class: "said" }, `${asWhole(list.flagged)} of ${asWhole(list.scored)} are flagged.`)),
          this.curve)),
      el("div", { class: "card" }, el("h2", {}, "Customers"), downloads.element, this.table.element),
      list.refused ? this.refused() : null);
    this.decide();
  }

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.decide(), WAIT_MS);
  }

  async decide() {
    this.economics.say("");
    if (this.economics.given === null) {
      this.tell("Fill in the three figures to see whom to contact, and what it is expected to bring.");
    } else {
      try {
        this.showDecided(await this.ask("decide", this.economics.given));
      } catch (error) {
        if (!(error instanceof Problem)) return this.report(error);
        this.tell("");
        this.economics.say(error.message);
      }
    }
    this.table.economicsChanged();
  }

  showDecided(decided) {
    this.economics.mostContacts(decided.pay);
    this.tell(`Contact ${asWhole(decided.contacts)}: that costs ${asAmount(decided.cost)} and is expected to bring ${asAmount(decided.expected_profit)} beyond it. It would pay for ${asWhole(decided.pay)}.`,
      curve(decided.curve, decided.contacts, decided.expected_profit));
  }

  tell(sentence, picture = null) {
    fill(this.curve, el("h2", {}, "What contacting is expected to bring"), picture);
    this.curve.hidden = picture === null;
    this.summary.textContent = sentence;
  }

  refused() {
    const body = el("tbody", {});
    const more = el("p", { class: "help" });
    const details = el("details", { class: "card", ontoggle: async () => {
      if (!details.open || body.children.length) return;
      const { rows } = await this.ask("refused", { count: SHOWN_REFUSED }).catch((error) => { more.textContent = error.message; return { rows: [] }; });
      fill(body, ...rows.map((row) => el("tr", {}, el("td", { class: "n" }, asWhole(row.line ?? row.row)), el("td", {}, row.customer_id ?? ""), el("td", {}, row.error))));
      if (rows.length && rows.length < this.list.refused) more.textContent = `And ${asWhole(this.list.refused - rows.length)} more; the column "error" of a download tells of all.`;
    } }, el("summary", {}, `${asWhole(this.list.refused)} rows could not be read`),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Refused rows" },
      el("table", {}, el("thead", {}, el("tr", {}, ...["Line or row", "Customer", "Why"].map((title) => el("th", { scope: "col" }, title)))), body)), more);
    return details;
  }
}
