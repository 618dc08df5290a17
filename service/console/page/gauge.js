// A probability on a band from 0 to 100 %, with the threshold and where medium and high begin.

import { svg } from "./dom.js";
import { asPercent } from "./format.js";

const WIDTH = 600, BAND_Y = 30, BAND_HEIGHT = 16;

export function gauge(bands, threshold) {
  const x = (share) => share * WIDTH;
  const parts = [["low", 0, bands.medium], ["medium", bands.medium, bands.high], ["high", bands.high, 1]];
  const before = svg("rect", { class: "gauge-before", y: BAND_Y - 5, width: 3, height: BAND_HEIGHT + 10, visibility: "hidden" });
  const now = svg("path", { class: "gauge-now", d: `M0 ${BAND_Y - 2} l-8 -14 h16 z`, visibility: "hidden" });
  const picture = svg("svg", { viewBox: `-12 0 ${WIDTH + 24} 76`, class: "gauge", role: "img", "aria-label": "Probability" },
    ...parts.map(([risk, from, to]) => svg("rect", {
      class: `gauge-${risk}`, x: x(from), y: BAND_Y, width: x(to - from), height: BAND_HEIGHT,
    })),
    ...parts.map(([risk, from, to]) => {
      const label = svg("text", { x: x((from + to) / 2), y: 64, "text-anchor": "middle" });
      label.textContent = risk;
      return label;
    }),
    svg("line", { class: "gauge-threshold", x1: x(threshold), x2: x(threshold), y1: BAND_Y - 4, y2: BAND_Y + BAND_HEIGHT + 4 }),
    before, now);
  return {
    picture,
    show(share, start) {
      now.setAttribute("transform", `translate(${x(share)} 0)`);
      now.setAttribute("visibility", "visible");
      before.setAttribute("x", start === null ? 0 : x(start) - 1.5);
      before.setAttribute("visibility", start === null ? "hidden" : "visible");
      picture.setAttribute("aria-label", `Probability ${asPercent(share)}, flagged from ${asPercent(threshold)}`);
    },
    clear() {
      now.setAttribute("visibility", "hidden");
      before.setAttribute("visibility", "hidden");
    },
  };
}
