// The service's API. What it refuses is a Problem, whose message is its own sentence.

export class Problem extends Error {
  constructor(document, status) {
    super(document.detail || document.title || `The service answered ${status}.`);
    this.status = status;
    this.kind = (document.type || "").split("#")[1] || "";
    this.errors = document.errors || [];
  }
}

export class Unreachable extends Error {}

const KEY = "api-key", KEY_WANTED = "key-wanted";

// The API key, where the service asks for one, is kept until this tab is closed, and nowhere else.
export function keepKey(key) {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

export function credentials() {
  const key = sessionStorage.getItem(KEY);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

// Makes the error of an answer that is none; who has no right key is asked for it.
export function refused(document, status) {
  if (status === 401) window.dispatchEvent(new Event(KEY_WANTED));
  return new Problem(document, status);
}

export function onKeyWanted(call) {
  window.addEventListener(KEY_WANTED, call);
}

export async function ask(path, body, options = {}) {
  const headers = credentials();
  const posts = body === undefined ? { headers } : {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(path, { ...posts, ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable("The service cannot be reached.");
  }
  if (response.status === 204) return null;
  if (response.ok && options.as === "blob") return response.blob();
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw refused(answer, response.status);
  return answer;
}

// Of several questions asked one after the other only the newest is answered.
export function newest(answer) {
  let controller = null;
  return async (...given) => {
    controller?.abort();
    const mine = new AbortController();
    controller = mine;
    try {
      return await answer(mine.signal, ...given);
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      throw error;
    }
  };
}
