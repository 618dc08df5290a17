// How many customers have which probability.

import { svg } from "./dom.js";
import { asPercent, asWhole } from "./format.js";

const WIDTH = 600, HEIGHT = 160;

export function histogram(counts) {
  const most = Math.max(...counts, 1), width = WIDTH / counts.length;
  const bars = counts.map((count, place) => {
    const height = (count / most) * HEIGHT;
    const title = svg("title", {});
    title.textContent = `${asPercent(place / counts.length)} to ${asPercent((place + 1) / counts.length)}: ${asWhole(count)} customers`;
    return svg("rect", { class: "histogram-bar", x: place * width + 1, y: HEIGHT - height, width: width - 2, height }, title);
  });
  const labels = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const label = svg("text", { x: share * WIDTH, y: HEIGHT + 20, "text-anchor": share === 0 ? "start" : share === 1 ? "end" : "middle" });
    label.textContent = asPercent(share);
    return label;
  });
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 28}`, role: "img", class: "histogram", "aria-label": "Customers by probability of leaving" }, ...bars, ...labels);
}
