// Sends a file and tells how far it is; fetch cannot.

import { credentials, refused, Unreachable } from "./api.js";

export function upload(address, file, onProgress) {
  const request = new XMLHttpRequest();
  const answer = new Promise((resolve, reject) => {
    request.open("POST", `${address}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(credentials())) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => onProgress(event.total ? event.loaded / event.total : 0));
    request.addEventListener("load", () => {
      let told = {};
      try {
        told = JSON.parse(request.responseText);
      } catch { /* an answer without a sentence: the status has to do */ }
      if (request.status === 202) resolve(told);
      else reject(refused(told, request.status));
    });
    request.addEventListener("error", () => reject(new Unreachable("The service cannot be reached, or did not take the file.")));
    request.addEventListener("abort", () => reject(new DOMException("Cancelled", "AbortError")));
    request.send(file);
  });
  return { answer, cancel: () => request.abort() };
}
