// Uploads files: several at once, large ones in parts, so that a broken connection costs no more than a part. What isn't
// finished goes on when the same file is chosen again. Without this script, the form sends all files at once.
(() => {
  "use strict";

  const zone = document.querySelector(".drop-zone");
  if (!zone) return;
  const texts = zone.dataset;
  const form = zone.querySelector("form");
  const input = form.querySelector('input[type="file"]');
  const shown = zone.querySelector(".uploads");
  const status = zone.querySelector('[role="status"]');
  const list = shown.querySelector("ul");
  const partSize = Number(texts.part);

  // How many files are sent at once.
  const atOnce = 3;
  // The longest wait between two attempts, in seconds.
  const longestWait = 60;
  // Seconds without any progress after which a request is given up.
  const stalled = 60;
  // Answers after which the same request is sent again.
  const passing = [0, 408, 425, 429, 502, 503, 504];

  const uploads = [];
  // Thrown in what goes on for an upload that was paused or cancelled.
  const stopped = {};

  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  const readable = (bytes) => {
    if (bytes < 1000) return `${bytes} B`;
    const units = ["kilobyte", "megabyte", "gigabyte", "terabyte"];
    let unit = 0;
    bytes /= 1000;
    while (bytes >= 999.5 && unit < units.length - 1) {
      bytes /= 1000;
      unit += 1;
    }
    const options = { style: "unit", unit: units[unit], maximumSignificantDigits: 3 };
    return new Intl.NumberFormat(document.documentElement.lang, options).format(bytes);
  };

  const newId = (prefix) => {
    const letters = Array.from(crypto.getRandomValues(new Uint32Array(14)), (number) => (number % 36).toString(36));
    return `${prefix}_${letters.join("")}`;
  };

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  class Upload {
    constructor({ id, name, shownName, size, modified, received }, file) {
      Object.assign(this, { id, name, size, modified, file, received: received ?? 0 });
      this.isLarge = size > partSize || received !== undefined;
      // Whether the server knows of it; and whether it may, because its answer was lost.
      this.isBegun = this.isAsked = received !== undefined;
      this.sent = this.received * partSize;
      // Counts what was started for it, so that what was stopped knows.
      this.run = 0;
      this.failures = 0;
      this.show(shownName ?? name);
    }

    show(name) {
      this.bar = element("progress", { max: this.size || 1, value: this.sent });
      this.bar.setAttribute("aria-label", name);
      this.text = element("span", { className: "upload-state" });
      this.link = element("bdi", { className: "upload-name", textContent: name });
      const button = (act) => {
        const label = element("span");
        const made = element("button", { type: "button", className: "button button-secondary" }, label);
        made.append(element("span", { className: "visually-hidden", textContent: ` ${name}` }));
        made.addEventListener("click", act);
        return made;
      };
      this.main = button(() => (this.state === "paused" || this.state === "failed" ? queue(this) : pause(this)));
      this.end = button(() => cancel(this));
      const size = element("span", { className: "upload-size muted", textContent: readable(this.size) });
      const buttons = element("span", { className: "upload-buttons" }, this.main, this.end);
      this.row = element("li", { className: "upload" }, this.link, size, this.bar, this.text, buttons);
    }

    /** The total of what has arrived and what is on its way. */
    progress(sent) {
      this.sent = Math.min(sent, this.size);
      this.bar.value = this.sent;
      if (this.state === "sending") this.text.textContent = percent.format(Math.floor((100 * this.sent) / (this.size || 1)) / 100);
    }

    change(state, text) {
      this.state = state;
      this.row.dataset.state = state;
      this.text.textContent = text ?? "";
      if (text && state !== "waiting") status.textContent = `${this.name}: ${text}`;
      const label = { sending: texts.pause, waiting: texts.pause, offline: texts.pause, paused: texts.resume, failed: texts.again }[state];
      // What is small is sent anew as a whole, so there is nothing to pause.
      const hasMain = label !== undefined && (this.isLarge || state === "failed") && this.file !== undefined;
      const focused = document.activeElement;
      this.main.hidden = !hasMain;
      if (hasMain) this.main.firstChild.textContent = label;
      // What has arrived and is being stored can't be cancelled any more.
      this.end.hidden = state === "done" || state === "storing";
      this.end.firstChild.textContent = texts.cancel;
      if (focused && this.row.contains(focused) && focused.hidden) (this.end.hidden ? input : this.end).focus();
      if (state === "sending") this.progress(this.sent);
    }
  }

  /** Sends the fields of the form and these to a path; resolves with the answer. */
  const post = (upload, path, fields, progress) =>
    new Promise((resolve, reject) => {
      const run = upload.run;
      const data = new FormData();
      for (const field of form.querySelectorAll('input[type="hidden"]')) data.append(field.name, field.value);
      for (const [name, value, ...more] of fields) data.set(name, value, ...more);
      const request = new XMLHttpRequest();
      upload.request = request;
      let timer;
      const alive = () => {
        clearTimeout(timer);
        timer = setTimeout(() => request.abort(), stalled * 1000);
      };
      if (progress) {
        alive();
        request.upload.addEventListener("progress", (event) => {
          alive();
          progress(event.loaded);
        });
        if (!upload.isLarge) request.upload.addEventListener("load", () => upload.change("storing", texts.storing));
      }
      request.addEventListener("loadend", () => {
        clearTimeout(timer);
        if (upload.run !== run) return reject(stopped);
        const kind = request.getResponseHeader("Content-Type") ?? "";
        const answer = kind.startsWith("application/json") ? JSON.parse(request.responseText) : undefined;
        if (request.status === 200 && answer) return resolve(answer);
        if (passing.includes(request.status)) return reject({ isPassing: true, after: Number(request.getResponseHeader("Retry-After")) });
        // Without JSON it isn't the answer to this form: it is the page to log in, or of a proxy in between.
        const page = request.status < 400 ? texts.expired : texts.refused.replace("#", request.status);
        reject({ status: request.status, expected: answer?.expected, text: answer?.message ?? page });
      });
      request.open("POST", path);
      request.setRequestHeader("Accept", "application/json");
      request.send(data);
    });

  /** Some bytes of the file, in memory, so that what is sent is of one moment. */
  const read = async (upload, start, end) => {
    const run = upload.run;
    const bytes = await upload.file.slice(start, end).arrayBuffer().catch(() => null);
    if (upload.run !== run) throw stopped;
    if (bytes?.byteLength !== end - start) throw { text: texts.unreadable };
    return new Blob([bytes]);
  };

  const sendWhole = async (upload) => {
    const whole = await read(upload, 0, upload.size);
    // The same id for each attempt: what arrived without an answer isn't added twice.
    const fields = [["new", upload.id], [input.name, whole, upload.file.name]];
    return post(upload, form.action, fields, (sent) => upload.progress(sent));
  };

  const sendPart = async (upload) => {
    const start = upload.received * partSize;
    const part = await read(upload, start, Math.min(start + partSize, upload.size));
    const path = `${texts.uploads}/${upload.id}/parts/${upload.received + 1}`;
    try {
      return await post(upload, path, [["part", part, "part"]], (sent) => upload.progress(start + sent));
    } catch (problem) {
      // Another tab has sent some.
      if (problem.expected === undefined || problem.expected === upload.received + 1) throw problem;
      return { received: problem.expected - 1 };
    }
  };

  const sendParts = async (upload) => {
    if (!upload.isBegun) {
      upload.isAsked = true;
      const fields = { new: upload.id, directory: texts.directory, name: upload.name, size: upload.size, modified: upload.modified };
      upload.received = (await post(upload, texts.uploads, Object.entries(fields))).received;
      upload.isBegun = true;
    }
    while (upload.received * partSize < upload.size) {
      const { received } = await sendPart(upload);
      Object.assign(upload, { received, failures: 0 });
      upload.progress(received * partSize);
    }
    upload.change("storing", texts.storing);
    return post(upload, `${texts.uploads}/${upload.id}/finish`, []);
  };

  const send = async (upload) => {
    upload.run += 1;
    upload.change("sending");
    try {
      const { path } = await (upload.isLarge ? sendParts(upload) : sendWhole(upload));
      upload.progress(upload.size);
      const link = element("a", { href: path });
      upload.link.replaceWith(link);
      link.append(upload.link);
      upload.change("done", texts.done);
    } catch (problem) {
      if (problem === stopped) return;
      if (problem.isPassing) {
        waitForConnection(upload, problem.after);
      } else if (problem.status === 404 && upload.isLarge) {
        Object.assign(upload, { id: newId("fup"), isBegun: false, isAsked: false, received: 0, sent: 0 });
        upload.progress(0);
        upload.change("failed", texts.ended);
      } else if (problem.text) {
        upload.change("failed", problem.text);
      } else {
        throw problem;
      }
    }
    next();
  };

  const waitForConnection = (upload, after) => {
    upload.failures += 1;
    const wait = Math.min(2 ** (upload.failures - 1), longestWait);
    upload.change("offline", texts.offline);
    upload.timer = setTimeout(() => queue(upload), Math.max(wait, after || 0) * 1000);
  };

  const queue = (upload) => {
    clearTimeout(upload.timer);
    upload.change("waiting", texts.waiting);
    next();
  };

  const stop = (upload) => {
    upload.run += 1;
    clearTimeout(upload.timer);
    upload.request?.abort();
  };

  const pause = (upload) => {
    stop(upload);
    upload.progress(upload.received * partSize);
    upload.change("paused", texts.paused);
    next();
  };

  const cancel = async (upload) => {
    stop(upload);
    if (upload.isAsked) {
      try {
        await post(upload, `${texts.uploads}/${upload.id}/cancel`, []);
      } catch (problem) {
        if (problem === stopped) return;
        if (problem.status !== 404) {
          upload.change("failed", problem.text ?? texts.notCancelled);
          return next();
        }
      }
    }
    uploads.splice(uploads.indexOf(upload), 1);
    const other = upload.row.nextElementSibling ?? upload.row.previousElementSibling;
    upload.row.remove();
    (other?.querySelector("button:not([hidden])") ?? input).focus();
    status.textContent = `${upload.name}: ${texts.cancelled}`;
    if (uploads.length === 0) shown.hidden = true;
    next();
  };

  /** Sends what waits, as far as there is room; shows what arrived when nothing else goes on. */
  const next = () => {
    const are = (...states) => uploads.filter(({ state }) => states.includes(state));
    for (const upload of are("waiting").slice(0, Math.max(atOnce - are("sending", "storing").length, 0))) send(upload);
    if (are("done").length > 0 && are("done", "missing").length === uploads.length) location.reload();
  };

  const take = (files) => {
    for (const file of files) {
      const isSame = ({ state, name, size, modified, file: known }) =>
        (state === "missing" || (state === "failed" && !known)) && name === file.name && size === file.size && modified === file.lastModified;
      let upload = uploads.find(isSame);
      if (upload) {
        upload.file = file;
      } else {
        const id = newId(file.size > partSize ? "fup" : "fsf");
        upload = new Upload({ id, name: file.name, size: file.size, modified: file.lastModified }, file);
        uploads.push(upload);
        list.append(upload.row);
      }
      upload.change("waiting", texts.waiting);
    }
    shown.hidden = uploads.length === 0;
    next();
  };

  for (const row of [...list.children]) {
    const { id, name, size, modified, received } = row.dataset;
    const shownName = row.querySelector(".upload-name").textContent;
    const about = row.querySelector(".upload-state").textContent;
    const upload = new Upload({ id, name, shownName, size: Number(size), modified: Number(modified), received: Number(received) });
    upload.change("missing");
    upload.text.textContent = `${about} ${texts.chooseAgain}`;
    uploads.push(upload);
    row.replaceWith(upload.row);
  }

  zone.querySelector(".drop-hint").hidden = false;
  window.addEventListener("online", () => {
    for (const upload of uploads) if (upload.state === "offline") queue(upload);
  });
  form.addEventListener("submit", (event) => {
    if (input.files.length === 0) return;
    event.preventDefault();
    const files = [...input.files];
    input.value = "";
    take(files);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.classList.toggle("is-over", name === "dragover");
      if (name === "drop") take([...event.dataTransfer.files]);
    });
  }
})();
