// The expected profit of contacting so many, the most worthwhile first, with the chosen number marked.

import { svg } from "./dom.js";
import { asAmount, asWhole } from "./format.js";

const WIDTH = 600, HEIGHT = 160;

export function curve(points, contacts, profit) {
  const last = Math.max(points.at(-1)?.[0] ?? 1, 1);
  const profits = points.map(([, value]) => value);
  const high = Math.max(...profits, 0), low = Math.min(...profits, 0);
  const x = (count) => (count / last) * WIDTH;
  const y = (value) => HEIGHT - ((value - low) / (high - low || 1)) * HEIGHT;
  const line = points.map(([count, value], place) => `${place ? "L" : "M"}${x(count).toFixed(1)} ${y(value).toFixed(1)}`).join(" ");
  const label = (text, at, anchor, height) => {
    const made = svg("text", { x: at, y: height, "text-anchor": anchor });
    made.textContent = text;
    return made;
  };
  return svg("svg", { viewBox: `-6 -8 ${WIDTH + 12} ${HEIGHT + 40}`, role: "img", class: "curve", "aria-label": `Expected profit by contacts; ${asWhole(contacts)} contacts bring ${asAmount(profit)}` },
    svg("line", { class: "curve-zero", x1: 0, x2: WIDTH, y1: y(0), y2: y(0) }),
    svg("path", { class: "curve-line", d: line }),
    svg("circle", { class: "curve-now", cx: x(contacts), cy: y(profit), r: 6 }),
    label("0", 0, "start", HEIGHT + 22), label(`${asWhole(last)} contacts`, WIDTH, "end", HEIGHT + 22), label(asAmount(high), 0, "start", 6));
}
