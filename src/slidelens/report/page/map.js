"use strict";
(() => {
  const values = JSON.parse(document.getElementById("values").textContent);
  const at = id => document.getElementById(id);
  const canvas = at("canvas"), context = canvas.getContext("2d");
  const ID = 0, DATE = 1, STATE = 2, AREA = 3, RINGS = 4;
  const OTHER_DENSITY = { "density-manual": "density-predicted", "density-predicted": "density-manual" };
  const inventories = Object.keys(values.landslides);
  const numbers = document.querySelectorAll(".cards [data-date]:not(g)"), columns = document.querySelectorAll(".chart [data-date]");
  const shown = new Set([...at("layers").querySelectorAll("input:checked")].map(box => box.value));
  const view = { scale: 1, x: 0, y: 0 };
  let date = 0, chosen = null, fitted = 1, waiting = false, saying = 0, printing = false;
  const sharpness = () => printing ? 3 : window.devicePixelRatio || 1;

  // Outlines as paths, built once.
  function pathOf(rings) {
    const path = new Path2D();
    for (const ring of rings) {
      let x = 0, y = 0;
      for (let i = 0; i < ring.length; i += 2) {
        x += ring[i]; y += ring[i + 1];
        if (i) path.lineTo(x / 10, y / 10); else path.moveTo(x / 10, y / 10);
      }
      path.closePath();
    }
    return path;
  }
  const observations = {};
  for (const name of inventories) {
    observations[name] = values.landslides[name].map(row => ({
      id: row[ID], date: row[DATE], state: row[STATE], area: row[AREA], rings: row[RINGS], path: pathOf(row[RINGS]),
    }));
  }
  const testBlocks = pathOf(values.test_blocks);
  const history = (name, id) => observations[name].filter(observation => observation.id === id);

  // Pictures are decoded when they are first needed.
  const pictures = new Map();
  function picture(source) {
    if (!pictures.has(source)) {
      const image = new Image();
      image.onload = draw;
      image.src = source;
      pictures.set(source, image);
    }
    const image = pictures.get(source);
    return image.complete && image.naturalWidth ? image : null;
  }

  // Drawing
  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; paint(); });
  }
  function paint() {
    const ratio = sharpness();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(view.scale * ratio, 0, 0, view.scale * ratio, view.x * ratio, view.y * ratio);
    context.imageSmoothingEnabled = view.scale < 3;
    const now = values.dates[date], whole = [0, 0, values.width, values.height];
    if (shown.has("image")) lay(now.image, whole);
    context.imageSmoothingEnabled = true;
    if (shown.has("probability")) lay(now.probability, whole);
    for (const name of ["manual", "predicted"]) {
      const density = now.density[name];
      if (shown.has("density-" + name) && density) lay(density.picture, density.box);
    }
    if (shown.has("test")) stroke(testBlocks, "#fff", 1.8, [7, 5]);
    for (const name of ["manual", "predicted"]) if (shown.has(name) && observations[name]) outlines(name);
    if (chosen) follow();
    scale();
  }
  function lay(source, [x, y, width, height]) {
    const image = picture(source);
    if (image) context.drawImage(image, x, y, width, height);
  }
  function stroke(path, colour, width, dash) {
    const pixel = (printing ? .5 : 1) / view.scale;  // the map on paper is small and sharp
    context.setLineDash((dash || []).map(length => length * pixel));
    context.lineJoin = "round";
    context.lineWidth = (width + 1.6) * pixel;
    context.strokeStyle = "rgba(0,0,0,.45)";
    context.stroke(path);
    context.lineWidth = width * pixel;
    context.strokeStyle = colour;
    context.stroke(path);
  }
  function outlines(name) {
    for (const observation of observations[name]) {
      if (observation.date !== date || !observation.area) continue;
      if (shown.has("states")) stroke(observation.path, values.colours.states[observation.state], 1.8, name === "manual" ? [5, 3] : []);
      else stroke(observation.path, values.colours[name], 1.6);
    }
  }
  function follow() {
    for (const observation of history(chosen.inventory, chosen.id)) {
      if (observation.date === date) continue;
      stroke(observation.path, "rgba(255,255,255,.6)", 1, [3, 3]);
    }
    const now = history(chosen.inventory, chosen.id).find(observation => observation.date === date);
    if (now) {
      context.fillStyle = values.colours.states[now.state] + "55";
      context.fill(now.path, "evenodd");
      stroke(now.path, values.colours.states[now.state], 3, now.area ? [] : [6, 4]);
    }
  }
  function scale() {
    const wanted = 110 / view.scale * values.pixel_m;
    const power = 10 ** Math.floor(Math.log10(wanted));
    const metres = [5, 2, 1].map(step => step * power).find(step => step <= wanted);
    at("scale").style.width = metres / values.pixel_m * view.scale + "px";
    at("scale").firstElementChild.textContent = metres >= 1000 ? metres / 1000 + " km" : metres + " m";
  }

  // Moving
  function fit() {
    const box = canvas.getBoundingClientRect(), ratio = sharpness();
    const was = view.scale / fitted;
    const middle = [(box.width / 2 - view.x) / view.scale, (box.height / 2 - view.y) / view.scale];
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    fitted = Math.min(box.width / values.width, box.height / values.height);
    if (was > 1.01) {
      view.scale = fitted * was;
      view.x = box.width / 2 - middle[0] * view.scale;
      view.y = box.height / 2 - middle[1] * view.scale;
    } else whole();
    draw();
  }
  function whole() {
    const box = canvas.getBoundingClientRect();
    view.scale = fitted;
    view.x = (box.width - values.width * fitted) / 2;
    view.y = (box.height - values.height * fitted) / 2;
    moved();
  }
  function moved() {
    const box = canvas.getBoundingClientRect();
    const kept = (place, size, length) => Math.min(length / 2, Math.max(length / 2 - size, place));
    view.x = kept(view.x, values.width * view.scale, box.width);
    view.y = kept(view.y, values.height * view.scale, box.height);
    canvas.classList.toggle("zoomed", view.scale > fitted * 1.01);
    draw();
  }
  function zoom(factor, x, y) {
    const next = Math.min(Math.max(view.scale * factor, fitted), 24);
    view.x = x - (x - view.x) * next / view.scale;
    view.y = y - (y - view.y) * next / view.scale;
    view.scale = next;
    if (next === fitted) whole(); else moved();
  }
  function zoomMiddle(factor) {
    const box = canvas.getBoundingClientRect();
    zoom(factor, box.width / 2, box.height / 2);
  }
  const place = event => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const fingers = new Map();
  let travelled = 0;
  canvas.addEventListener("pointerdown", event => {
    if (!fingers.size) travelled = 0;
    fingers.set(event.pointerId, place(event));
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("dragging");
  });
  canvas.addEventListener("pointermove", event => {
    if (!fingers.has(event.pointerId)) return;
    const before = [...fingers.values()].map(position => position.slice());
    const old = fingers.get(event.pointerId), now = place(event);
    travelled += Math.hypot(now[0] - old[0], now[1] - old[1]);
    fingers.set(event.pointerId, now);
    const after = [...fingers.values()];
    if (after.length === 1) {
      view.x += now[0] - old[0];
      view.y += now[1] - old[1];
      moved();
    } else if (after.length === 2) {
      const apart = pair => Math.hypot(pair[0][0] - pair[1][0], pair[0][1] - pair[1][1]);
      zoom(apart(after) / Math.max(apart(before), 1), (after[0][0] + after[1][0]) / 2, (after[0][1] + after[1][1]) / 2);
    }
  });
  function lifted(event) {
    if (!fingers.delete(event.pointerId)) return;
    if (!fingers.size) canvas.classList.remove("dragging");
    if (event.type === "pointerup" && !fingers.size && travelled < 8) tapped(...place(event));
  }
  canvas.addEventListener("pointerup", lifted);
  canvas.addEventListener("pointercancel", lifted);
  // The wheel scrolls the page, unless Ctrl is held or the map has the focus and can still zoom out.
  canvas.addEventListener("wheel", event => {
    const wantsZoom = event.ctrlKey || event.metaKey || document.activeElement === canvas;
    if (!wantsZoom) say("To zoom, hold Ctrl while scrolling, or click on the map first");
    if (!wantsZoom || (event.deltaY > 0 && view.scale <= fitted)) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), ...place(event));
  }, { passive: false });
  canvas.addEventListener("keydown", event => {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    if (step) { view.x += step[0]; view.y += step[1]; moved(); event.preventDefault(); }
    if (event.key === "+") zoomMiddle(1.4);
    if (event.key === "-") zoomMiddle(1 / 1.4);
  });
  at("in").onclick = () => zoomMiddle(1.6);
  at("out").onclick = () => zoomMiddle(1 / 1.6);
  at("whole").onclick = whole;

  // Selecting a landslide
  function tapped(x, y) {
    const ratio = sharpness();
    context.setTransform(view.scale * ratio, 0, 0, view.scale * ratio, view.x * ratio, view.y * ratio);
    context.setLineDash([]);
    context.lineWidth = 14 / view.scale;
    const order = [chosen && chosen.inventory, "predicted", "manual"].filter((name, i, all) => name && observations[name] && shown.has(name) && all.indexOf(name) === i);
    for (const near of [false, true]) {
      for (const name of order) {
        const hit = observations[name].find(observation => observation.date === date && observation.area &&
          (context.isPointInPath(observation.path, x * ratio, y * ratio, "evenodd") || (near && context.isPointInStroke(observation.path, x * ratio, y * ratio))));
        if (hit) return choose(name, hit.id);
      }
    }
    choose(null);
  }
  function choose(name, id) {
    chosen = name && history(name, id).length ? { inventory: name, id } : null;
    at("landslide").value = chosen ? id : "";
    if (chosen) { at("inventory").value = name; at("history").open = true; }
    at("history-note").textContent = chosen ? `Landslide ${id} of the ${name} inventories.` :
      name ? `The ${name} inventories have no landslide ${id}.` : "No landslide selected: tap it on the map or enter its id.";
    tell();
    draw();
  }
  function tell() {
    const rows = chosen ? history(chosen.inventory, chosen.id) : [];
    const largest = Math.max(1, ...rows.map(observation => observation.area));
    at("states").tBodies[0].replaceChildren(...rows.map(observation => {
      const row = document.createElement("tr");
      row.className = observation.date === date ? "now" : "";
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = values.dates[observation.date].label;
      button.onclick = () => show(observation.date);
      const bar = document.createElement("span");
      bar.className = "bar";
      bar.style.width = 56 * observation.area / largest + "px";
      bar.style.background = values.colours.states[observation.state];
      const area = observation.area ? observation.area.toLocaleString("en") + " m²" : "";
      for (const content of [button, values.states[observation.state], area, bar]) row.insertCell().append(content);
      return row;
    }));
  }
  function centre() {
    const rows = chosen ? history(chosen.inventory, chosen.id) : [];
    let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
    for (const ring of rows.flatMap(observation => observation.rings)) {
      for (let i = 0, x = 0, y = 0; i < ring.length; i += 2) {
        x += ring[i]; y += ring[i + 1];
        left = Math.min(left, x / 10); right = Math.max(right, x / 10);
        top = Math.min(top, y / 10); bottom = Math.max(bottom, y / 10);
      }
    }
    if (left > right) return;
    const box = canvas.getBoundingClientRect();
    const panel = at("history");  // may lie on the right of the map
    const width = box.width - (getComputedStyle(panel).position === "absolute" ? panel.offsetWidth + 20 : 0);
    view.scale = Math.max(fitted, Math.min(8, 0.5 * Math.min(width / (right - left), box.height / (bottom - top))));
    view.x = width / 2 - (left + right) / 2 * view.scale;
    view.y = box.height / 2 - (top + bottom) / 2 * view.scale;
    moved();
  }
  function step(by) {
    const name = at("inventory").value, ids = [...new Set(observations[name].map(observation => observation.id))].sort((a, b) => a - b);
    if (!ids.length) return;
    const now = chosen && chosen.inventory === name ? ids.indexOf(chosen.id) : (by > 0 ? -1 : 0);
    choose(name, ids[(now + by + ids.length) % ids.length]);
    centre();
  }
  at("previous").onclick = () => step(-1);
  at("next").onclick = () => step(1);
  at("inventory").onchange = () => choose(null);
  at("landslide").onchange = event => {
    if (event.target.value) { choose(at("inventory").value, Number(event.target.value)); centre(); } else choose(null);
  };

  // Dates and layers
  // Message over the map: a temporary hint, otherwise whether the date has a manual inventory.
  function say(hint = "") {
    clearTimeout(saying);
    if (hint) saying = setTimeout(() => say(), 1500);
    const unmapped = shown.has("manual") && !values.dates[date].mapped_by_hand;
    at("message").textContent = hint || (unmapped ? "not mapped by hand at this date" : "");
  }
  function show(number) {
    date = number;
    at("date").value = number;
    at("date-label").textContent = values.dates[date].label;
    at("date").setAttribute("aria-valuetext", values.dates[date].label);
    for (const of of numbers) of.hidden = Number(of.dataset.date) !== date;
    for (const column of columns) column.classList.toggle("now", Number(column.dataset.date) === date);
    say();
    tell();
    draw();
  }
  for (const column of columns) column.addEventListener("click", () => show(Number(column.dataset.date)));
  at("date").max = values.dates.length - 1;
  at("date").oninput = event => show(Number(event.target.value));
  let playing = null;
  at("play").onclick = () => {
    if (playing) { clearInterval(playing); playing = null; } else playing = setInterval(() => show((date + 1) % values.dates.length), 1200);
    at("play").textContent = playing ? "❚❚" : "▶";
  };
  at("layers").onchange = event => {
    const { value, checked } = event.target;
    if (checked) shown.add(value); else shown.delete(value);
    const other = checked && OTHER_DENSITY[value];  // two overlaid densities are unreadable
    if (other) { shown.delete(other); at("layers").querySelector(`[value=${other}]`).checked = false; }
    legend();
    show(date);
  };
  function legend() {
    const items = [];
    const item = (kind, background, text) => {
      const span = document.createElement("span"), mark = document.createElement("i");
      mark.className = kind;
      mark.style.background = background;
      span.append(mark, text);
      items.push(span);
    };
    if (shown.has("test")) items.push("white dashes: test blocks, on which no network was trained");
    if (shown.has("states") && shown.has("manual")) items.push("manual outlines are dashed");
    if (shown.has("states")) values.states.forEach((state, i) => item("patch", values.colours.states[i], state));
    if (shown.has("probability")) item("ramp", values.ramps.probability, "probability 0 to 1");
    if (shown.has("density-manual") || shown.has("density-predicted")) item("ramp", values.ramps.density, `0 to ${values.highest_density} landslides per km²`);
    at("legend").replaceChildren(...items);
  }

  at("key-manual").style.background = values.colours.manual;
  at("key-predicted").style.background = values.colours.predicted;
  at("inventory").append(...inventories.map(name => new Option(name + " inventories", name)));
  canvas.parentElement.style.aspectRatio = values.width + " / " + values.height;
  canvas.parentElement.style.setProperty("--aspect", values.width / values.height);
  // On a large screen the map is as high as what the header leaves.
  const below = () => document.documentElement.style.setProperty("--above", canvas.getBoundingClientRect().top + scrollY + "px");
  addEventListener("resize", below);
  below();
  new ResizeObserver(fit).observe(canvas);
  // The map is drawn anew in the size that it has on paper, so that its scale bar is right there.
  function print(begins) {
    printing = begins;
    canvas.parentElement.classList.toggle("printing", begins);
    fit();
    paint();
  }
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  fit();
  legend();
  show(values.dates.length - 1);
})();
