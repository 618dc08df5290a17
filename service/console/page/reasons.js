// Contributions as bars around a middle line, the largest first, each with its sentence.

import { el } from "./dom.js";
import { asSigned } from "./format.js";

// A percent sign stays with its number at the end of a line.
export const unbroken = (sentence) => sentence.replace(/(\d) %/g, "$1\u00a0%");

export function reasonBars(reasons) {
  const largest = Math.max(...reasons.map((reason) => Math.abs(reason.contribution)), 1e-9);
  return el("ol", { class: "reasons" }, ...reasons.map((reason) => bar(reason, largest)));
}

function bar(reason, largest) {
  const width = (Math.abs(reason.contribution) / largest) * 50;
  const raises = reason.contribution > 0;
  const filled = el("span", { class: raises ? "bar raises" : "bar lowers" });
  filled.style.width = `${width}%`;
  filled.style.left = raises ? "50%" : `${50 - width}%`;
  return el("li", {},
    el("span", { class: "reason-sentence" }, unbroken(reason.sentence)),
    el("span", { class: "bar-track", "aria-hidden": "true" }, filled),
    el("span", { class: "reason-size", title: "contribution to the log-odds" }, asSigned(reason.contribution)));
}
