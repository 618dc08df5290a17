// Elements, made without innerHTML: whatever a record or a model says is text.

export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  put(made, attributes, children);
  return made;
}

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  put(made, attributes, children);
  return made;
}

function put(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
}

export function fill(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

export function labelled(text, id, control) {
  return el("div", { class: "field" }, el("label", { for: id }, text), control);
}
