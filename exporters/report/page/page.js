"use strict";

/* Each section of a video carries its data, deflated, in base64: see packing.py. */
const KINDS = { "<u4": Uint32Array, "<i2": Int16Array, "u1": Uint8Array };
const NOTHING = 255;
const OPEN_S = 0.2; // seconds without a reading from which a line is open
const LATE_S = 0.0005; // browsers and records round times: a frame this little ahead is the one

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const whole = await new Response(stream).arrayBuffer();
  const size = new DataView(whole).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, size)));
  const array = (place) => new KINDS[place.kind](whole, 4 + size + place.offset, place.length);
  head.times = Float64Array.from(array(head.times), (ticks) => ticks / head.ticks);
  head.durations = Float64Array.from(array(head.durations), (ticks) => ticks / head.ticks);
  head.numbers = array(head.numbers);
  for (const person of head.people) {
    for (const name of ["frames", "boxes", "scores", "shown"]) person[name] = array(person[name]);
    person.quality = person.quality && array(person.quality);
    for (const part of person.parts) {
      for (const name of ["labels", "starts", "ends"]) part[name] = array(part[name]);
    }
  }
  return head;
}

/** Index of the last of increasing values that is not above one; -1 if all are. */
function lastUpTo(values, value) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle + 1; else high = middle;
  }
  return low - 1;
}

const clock = (seconds) => {
  const whole = Math.floor(seconds / 60);
  return `${whole}:${(seconds - 60 * whole).toFixed(2).padStart(5, "0")}`;
};

class View {
  constructor(section, data) {
    this.section = section;
    this.data = data;
    this.person = 0;
    this.range = [data.times[0], Math.max(data.end, data.times[0] + 0.001)];
    this.hover = null;
    this.now = null;
    this.canvas = section.querySelector(".chart canvas");
    this.tip = section.querySelector(".tip");
    this.video = section.querySelector("video");
    this.overlay = section.querySelector(".stage canvas");
    this.select = section.querySelector("select");
    this.listen();
    this.list();
    this.draw();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  get face() { return this.data.people[this.person]; }

  listen() {
    const canvas = this.canvas;
    this.select.addEventListener("change", () => {
      this.person = this.select.selectedIndex;
      this.list();
      this.draw();
    });
    for (const button of this.section.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.zoom(Number(button.dataset.zoom), 0.5));
    }
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.share(event));
    }, { passive: false });
    canvas.addEventListener("dblclick", () => this.zoom(Infinity, 0.5));
    canvas.addEventListener("pointerdown", (event) => {
      this.drag = { x: event.clientX, range: [...this.range], moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => {
      if (this.drag && !this.drag.moved) this.seek(this.time(event));
      this.drag = null;
    });
    canvas.addEventListener("pointerleave", () => { this.hover = null; this.draw(); });
    this.connect();
  }

  /** The video's own clock: the media time of the frame that is on the screen. */
  connect() {
    const video = this.video;
    const absent = () => this.section.classList.add("absent");
    const present = () => {
      this.section.classList.remove("absent");
      if (this.connected) return;
      this.connected = true;
      if (video.requestVideoFrameCallback) {
        const shown = (_now, frame) => {
          this.show(frame.mediaTime);
          video.requestVideoFrameCallback(shown);
        };
        video.requestVideoFrameCallback(shown);
      } else {
        video.addEventListener("timeupdate", () => this.show(video.currentTime));
      }
      // the first frame is on the screen already, and a seek within a frame shows no new one
      video.addEventListener("seeked", () => this.show(video.currentTime));
      this.show(video.currentTime);
    };
    video.addEventListener("error", absent);
    video.addEventListener("loadeddata", present);
    if (video.error || !video.getAttribute("src")) absent();
    else if (video.readyState >= 2) present();
    this.section.querySelector("input[type=file]").addEventListener("change", (event) => {
      if (event.target.files[0]) video.src = URL.createObjectURL(event.target.files[0]);
    });
  }

  show(time) {
    this.now = time;
    const place = lastUpTo(this.data.times, time + LATE_S);
    this.section.dataset.frame = place < 0 ? "" : this.data.numbers[place];
    if (time < this.range[0] || time > this.range[1]) {
      const width = this.range[1] - this.range[0];
      this.range = this.clamp(time - width * 0.1, width);
    }
    const there = place >= 0 && time < this.data.times[place] + this.data.durations[place] + LATE_S;
    this.outline(there ? place : -1); // where frames were lost, or behind the records, nothing was seen
    this.draw();
  }

  outline(place) {
    const { video, overlay, data } = this;
    overlay.width = video.clientWidth * devicePixelRatio;
    overlay.height = video.clientHeight * devicePixelRatio;
    const context = overlay.getContext("2d");
    // where pixels are not square, the browser stretches them and the boxes do not know
    const [whole, tall] = data.size || [video.videoWidth || 1, video.videoHeight || 1];
    const across = overlay.width / whole / data.boxSteps, down = overlay.height / tall / data.boxSteps;
    context.font = `${14 * devicePixelRatio}px system-ui, sans-serif`;
    context.lineWidth = 2 * devicePixelRatio;
    const drawn = [];
    for (const person of data.people) {
      const at = lastUpTo(person.frames, place);
      if (at < 0 || person.frames[at] !== place) continue;
      const count = person.frames.length, label = person.shown[at];
      const [left, top, width, height] = [0, 1, 2, 3].map((side) => person.boxes[side * count + at]);
      const colour = label === NOTHING ? "#FFFFFF" : data.colours[label];
      context.strokeStyle = context.fillStyle = colour;
      context.strokeRect(left * across, top * down, width * across, height * down);
      const text = `${person.name} ${label === NOTHING ? "" : data.labels[label]}`;
      context.fillText(text, left * across, top * down - 5 * devicePixelRatio);
      drawn.push([person.name, ...[left, top, width, height].map((side) => side / data.boxSteps)]);
    }
    this.section.dataset.boxes = JSON.stringify(drawn);
  }

  seek(time) {
    const place = Math.max(0, lastUpTo(this.data.times, time + LATE_S));
    const into = Math.min(0.004, this.data.durations[place] / 2);
    if (this.section.classList.contains("absent")) { this.now = time; this.draw(); return; }
    this.video.currentTime = this.data.times[place] + into; // never at the edge of two frames
  }

  share(event) {
    const box = this.canvas.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left - this.left()) / (box.width - this.left())));
  }

  time(event) { return this.range[0] + this.share(event) * (this.range[1] - this.range[0]); }

  zoom(factor, around) {
    const width = this.range[1] - this.range[0];
    const whole = this.data.end - this.data.times[0];
    const next = Math.min(Math.max(width * factor, 0.2), Math.max(whole, 0.001));
    this.range = this.clamp(this.range[0] + around * (width - next), next);
    this.draw();
  }

  clamp(start, width) {
    const first = this.data.times[0], last = Math.max(this.data.end, first + 0.001);
    const begin = Math.max(first, Math.min(start, last - width));
    return [begin, Math.min(last, begin + width)];
  }

  move(event) {
    if (this.drag && Math.abs(event.clientX - this.drag.x) > 3) this.drag.moved = true;
    if (this.drag && this.drag.moved) {
      const width = this.drag.range[1] - this.drag.range[0];
      const pixels = this.canvas.clientWidth - this.left();
      const begin = this.drag.range[0] - (event.clientX - this.drag.x) / pixels * width;
      this.range = this.clamp(begin, width);
    }
    this.hover = { time: this.time(event), x: event.offsetX };
    this.draw();
  }

  left() { return 74; }

  list() {
    const body = this.section.querySelector(".episodes tbody");
    body.replaceChildren(...(this.face ? this.face.episodes : []).map(([label, start, end, peak]) => {
      const row = document.createElement("tr");
      row.dataset.start = start;
      const jump = document.createElement("button");
      jump.textContent = clock(start);
      const cells = [jump, label, (end - start).toFixed(2), peak.toFixed(2)].map((content) => {
        const cell = document.createElement("td");
        cell.append(content);
        return cell;
      });
      row.append(...cells);
      row.addEventListener("click", () => {
        const width = Math.min(this.range[1] - this.range[0], Math.max(4 * (end - start), 5));
        this.range = this.clamp(start - width / 4, width);
        this.seek(start);
        this.draw();
      });
      return row;
    }));
  }

  draw() {
    const { canvas, data } = this;
    const lane = 56, gap = 10, ribbon = 22, slim = 14, line = 28, rows = data.labels.length;
    const parts = this.face ? this.face.parts : [], quality = this.face && this.face.quality;
    const extra = parts.length * (slim + 4) + (parts.length ? gap - 4 : 0) + (quality ? line + gap : 0);
    const below = rows * (lane + gap) + 2 * (ribbon + gap) + extra;
    const width = canvas.clientWidth, height = below + 24;
    if (!width) return;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(devicePixelRatio, devicePixelRatio);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    const left = this.left(), [from, to] = this.range;
    const x = (time) => left + (time - from) / (to - from) * (width - left);
    data.labels.forEach((label, index) => this.lane(context, x, index, label, index * (lane + gap) + 8, lane - 8, width));
    const top = rows * (lane + gap), next = top + ribbon + gap;
    this.ribbon(context, x, top, ribbon, width);
    parts.forEach((part, index) => this.part(context, x, part, next + index * (slim + 4), slim, width));
    if (quality) this.line(context, x, below - ribbon - 2 * gap - line, line, width);
    this.missing(context, x, below - ribbon - gap, ribbon, width);
    this.axis(context, x, below, width);
    this.marks(context, x, top + ribbon, width);
    this.cursor(context, x, below, width);
    this.tell();
  }

  /** Places of the person's faces in view, with one more at either side. */
  visible() {
    const { times } = this.data, { frames } = this.face;
    const first = lastUpTo(frames, Math.max(0, lastUpTo(times, this.range[0]) - 1));
    const last = lastUpTo(frames, lastUpTo(times, this.range[1]) + 1);
    return [Math.max(0, first), last];
  }

  lane(context, x, index, label, top, height, width) {
    const { data } = this, left = this.left();
    context.fillStyle = "#1b1b1b";
    context.textAlign = "right";
    context.fillText(label, left - 8, top + height / 2);
    context.strokeStyle = "#dddddd";
    context.lineWidth = 1;
    for (const level of [0, 0.5, 1]) {
      const y = Math.round(top + height * (1 - level)) + 0.5;
      context.beginPath(); context.moveTo(left, y); context.lineTo(width, y); context.stroke();
    }
    if (!this.face) return;
    context.save();
    context.beginPath(); context.rect(left, top - 8, width - left, height + 9); context.clip();
    context.strokeStyle = context.fillStyle = data.colours[index];
    context.lineWidth = 1.25;
    for (const [shown, start, end] of this.face.episodes) {
      if (shown === label) context.fillRect(x(start), top - 7, Math.max(1, x(end) - x(start)), 4);
    }
    const { frames, scores, shown } = this.face, [first, last] = this.visible();
    const offset = index * frames.length;
    let open = true, until = -Infinity, column = null, low = 0, high = 0;
    context.beginPath();
    const flush = () => { if (column !== null && high > low) { context.moveTo(column, low); context.lineTo(column, high); context.moveTo(column, this.y); } };
    for (let i = first; i <= last; i++) {
      const start = data.times[frames[i]];
      if (shown[i] === NOTHING) continue;
      if (start - until > OPEN_S) open = true;
      const px = x(start), y = top + height * (1 - scores[offset + i] / data.steps);
      if (open) { flush(); context.moveTo(px, y); column = null; }
      const rounded = Math.round(px);
      if (rounded === column) { low = Math.min(low, y); high = Math.max(high, y); this.y = y; }
      else { flush(); context.lineTo(px, y); column = rounded; low = high = y; this.y = y; }
      until = start + data.durations[frames[i]];
      if (i === last || frames[i + 1] !== frames[i] + 1) context.lineTo(x(until), y);
      open = false;
    }
    flush();
    context.stroke();
    context.restore();
  }

  ribbon(context, x, top, height, width) {
    const left = this.left();
    this.title(context, "label", top + height / 2);
    if (!this.face) return;
    const { frames, shown } = this.face, { times, durations, colours } = this.data;
    const [first, last] = this.visible();
    let i = first;
    while (i <= last) {
      const label = shown[i], start = times[frames[i]];
      let end = start + durations[frames[i]];
      while (++i <= last && shown[i] === label && times[frames[i]] - end < 0.001) end = times[frames[i]] + durations[frames[i]];
      if (label === NOTHING || x(end) < left || x(start) > width) continue;
      context.fillStyle = colours[label];
      const begin = Math.max(left, x(start));
      context.fillRect(begin, top, Math.max(0.5, x(end) - begin), height);
    }
  }

  /** What a part of the face says, in the colours of the labels. */
  part(context, x, part, top, height, width) {
    const left = this.left(), { ticks, colours } = this.data, [from, to] = this.range;
    this.title(context, part.name, top + height / 2);
    for (let i = Math.max(0, lastUpTo(part.starts, from * ticks)); i < part.starts.length; i++) {
      const start = part.starts[i] / ticks, end = part.ends[i] / ticks;
      if (start > to) break;
      if (end < from) continue;
      context.fillStyle = colours[part.labels[i]];
      const begin = Math.max(left, x(start));
      context.fillRect(begin, top, Math.max(0.5, Math.min(width, x(end)) - begin), height);
    }
  }

  /** How well the face is to be read, from 0 to 1. */
  line(context, x, top, height, width) {
    const { data, face } = this, left = this.left(), [first, last] = this.visible();
    this.title(context, "seen well", top + height / 2);
    context.strokeStyle = "#dddddd";
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, width - left - 1, height - 1);
    context.save();
    context.beginPath(); context.rect(left, top - 1, width - left, height + 2); context.clip();
    context.strokeStyle = "#1b1b1b";
    context.beginPath();
    let until = -Infinity;
    for (let i = first; i <= last; i++) {
      if (face.quality[i] === NOTHING) continue;
      const start = data.times[face.frames[i]], y = top + height * (1 - face.quality[i] / data.steps);
      if (start - until > OPEN_S) context.moveTo(x(start), y); else context.lineTo(x(start), y);
      until = start + data.durations[face.frames[i]];
    }
    context.stroke();
    context.restore();
  }

  missing(context, x, top, height, width) {
    const left = this.left();
    this.title(context, "missing", top + height / 2);
    if (!this.face) return;
    context.textAlign = "left";
    for (const [reason, start, end] of this.face.missing) {
      if (x(end) < left || x(start) > width) continue;
      const begin = Math.max(left, x(start)), until = Math.min(width, x(end));
      context.fillStyle = reason === "no_face" ? "#e4e4e4" : "#bdbdbd";
      context.fillRect(begin, top, Math.max(1, until - begin), height);
      const text = reason.replace("_", " ");
      context.fillStyle = "#1b1b1b";
      if (context.measureText(text).width < until - begin - 6) context.fillText(text, begin + 3, top + height / 2);
    }
  }

  title(context, text, y) {
    context.fillStyle = "#1b1b1b";
    context.textAlign = "right";
    context.fillText(text, this.left() - 8, y);
  }

  axis(context, x, top, width) {
    const span = this.range[1] - this.range[0];
    const rough = span / Math.max(2, (width - this.left()) / 90);
    const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600].find((one) => one >= rough) || 7200;
    context.fillStyle = context.strokeStyle = "#555";
    context.textAlign = "center";
    context.lineWidth = 1;
    for (let t = Math.ceil(this.range[0] / step) * step; t <= this.range[1]; t += step) {
      context.beginPath(); context.moveTo(x(t), top - 4); context.lineTo(x(t), top); context.stroke();
      const text = step < 1 ? clock(t) : clock(t).slice(0, -3);
      context.fillText(text, Math.min(width - 18, Math.max(this.left(), x(t))), top + 10);
    }
  }

  marks(context, x, height, width) {
    context.fillStyle = context.strokeStyle = "#1b1b1b";
    context.textAlign = "left";
    for (const [kind, label, start, end] of this.data.marks) {
      if (kind === "exclude") continue;
      for (const time of end > start ? [start, end] : [start]) {
        if (x(time) < this.left() || x(time) > width) continue;
        context.setLineDash(kind === "event" && time === start ? [] : [2, 3]);
        context.beginPath(); context.moveTo(x(time), 0); context.lineTo(x(time), height); context.stroke();
      }
      context.setLineDash([]);
      if (x(start) >= this.left() && x(start) < width) context.fillText(label, x(start) + 3, 8);
    }
  }

  cursor(context, x, height, width) {
    const lines = [[this.now, "#CC0000", 2], [this.hover && this.hover.time, "#777777", 1]];
    for (const [time, colour, thick] of lines) {
      if (time === null || x(time) < this.left() || x(time) > width) continue;
      context.strokeStyle = colour;
      context.lineWidth = thick;
      context.beginPath(); context.moveTo(x(time), 0); context.lineTo(x(time), height); context.stroke();
    }
  }

  tell() {
    const { tip, hover, data } = this;
    tip.hidden = hover === null || !this.face;
    if (tip.hidden) return;
    const place = Math.max(0, lastUpTo(data.times, hover.time + LATE_S));
    const { frames, shown, scores } = this.face, at = lastUpTo(frames, place);
    const lines = [`${clock(data.times[place])}  frame ${data.numbers[place]}`];
    if (at >= 0 && frames[at] === place && hover.time < data.times[place] + data.durations[place]) {
      if (shown[at] !== NOTHING) lines.push(data.labels[shown[at]]);
      data.labels.forEach((label, index) => {
        lines.push(`${label} ${(scores[index * frames.length + at] / data.steps).toFixed(2)}`);
      });
      const { quality } = this.face;
      if (quality && quality[at] !== NOTHING) lines.push(quality[at] ? "seen well" : "hard to see");
      for (const part of this.face.parts) {
        const said = lastUpTo(part.starts, hover.time * data.ticks);
        if (said >= 0 && part.ends[said] > hover.time * data.ticks) lines.push(`${part.name}: ${data.labels[part.labels[said]]}`);
      }
    }
    const reason = this.face.missing.find(([, start, end]) => start <= hover.time && hover.time < end);
    if (reason) lines.push(`missing: ${reason[0].replace("_", " ")}`);
    tip.replaceChildren(...lines.flatMap((line) => [document.createTextNode(line), document.createElement("br")]));
    const right = hover.x > this.canvas.clientWidth / 2;
    tip.style.left = right ? "" : `${hover.x + 12}px`;
    tip.style.right = right ? `${this.canvas.clientWidth - hover.x + 12}px` : "";
    tip.style.top = "8px";
  }
}

(async () => {
  for (const section of document.querySelectorAll("section.video")) {
    const data = await unpack(section.querySelector("script").textContent);
    section.view = new View(section, data);
  }
  document.documentElement.dataset.ready = "true";
})();
