// The cells in the model's latent space, and how well they separate as it learns.

import { chart, colourAt, ease, fill, font, line } from "./canvas.js";

export function mindMap(canvas) {
  let side = 5, goal, shown, frame, axis = "column", moving = false;
  const redraw = chart(canvas, (c, w, h, colour) => {
    if (!shown) return;
    const xs = shown.map(p => p.x), ys = shown.map(p => p.y), pad = 22;
    const span = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys), 1e-6), scale = (Math.min(w, h) - 2 * pad) / span;
    const middleX = (Math.max(...xs) + Math.min(...xs)) / 2, middleY = (Math.max(...ys) + Math.min(...ys)) / 2;
    const at = state => [w / 2 + (shown[state].x - middleX) * scale, h / 2 - (shown[state].y - middleY) * scale];
    for (let state = 0; state < shown.length; state++) {
      if ((state + 1) % side) line(c, [at(state), at(state + 1)], colour.line, 1.4);
      if (state + side < shown.length) line(c, [at(state), at(state + side)], colour.line, 1.4);
    }
    shown.forEach((_, state) => {
      const [x, y] = at(state), place = axis === "column" ? state % side : Math.floor(state / side);
      c.beginPath();
      c.arc(x, y, state === frame?.agent ? 7 : 5, 0, 7);
      c.fillStyle = colourAt(place / (side - 1));
      c.fill();
      if (state !== frame?.agent && state !== frame?.goal) return;
      c.strokeStyle = state === frame.agent ? colour.ink : colour.cyan;
      c.lineWidth = 2.5;
      c.stroke();
    });
    step();
  });

  function step() {
    if (moving || !goal) return;
    moving = true;
    requestAnimationFrame(() => {
      moving = false;
      const far = Math.max(...shown.map((p, i) => Math.abs(p.x - goal[i].x) + Math.abs(p.y - goal[i].y)));
      if (far < 1e-3) { shown = goal; goal = undefined; redraw(); return; }
      shown = shown.map((p, i) => ({ x: ease(p.x, goal[i].x, 0.15), y: ease(p.y, goal[i].y, 0.15) }));
      redraw();
    });
  }

  return {
    // Components have no sign: the picture is turned over where that brings it nearer to the one before.
    points(next) {
      for (const key of ["x", "y"])
        if (shown && shown.reduce((sum, p, i) => sum + p[key] * next[i][key], 0) < 0) next.forEach(p => p[key] = -p[key]);
      if (shown) goal = next;
      else shown = next;
      redraw();
    },
    sides(next) { side = next; },
    show(next) { frame = next; redraw(); },
    colourBy(next) { axis = next; redraw(); },
  };
}

/** R² over the models shown since the last training began. */
export function probeChart(canvas) {
  let points = [];
  const redraw = chart(canvas, (c, w, h, colour) => {
    const least = Math.min(-0.2, ...points.map(p => Math.max(p.r2, -1))), y = v => 10 + (h - 24) * (1 - v) / (1 - least), x = p => 4 + (w - 12) * p.step / p.steps;
    c.font = font;
    c.textAlign = "left";
    for (const mark of [0, 1]) {
      c.fillStyle = colour.line;
      c.fillRect(0, y(mark), w, 1);
      c.fillStyle = colour.soft;
      c.fillText(String(mark), 2, y(mark) + (mark ? 12 : -4));
    }
    if (!points.length) return;
    const path = points.map(p => [x(p), y(Math.max(p.r2, -1))]);
    if (path.length > 1) { fill(c, path, y(least), colour.cyan); line(c, path, colour.cyan, 2); }
    const [px, py] = path.at(-1);
    c.fillStyle = colour.cyan;
    c.beginPath();
    c.arc(px, py, 3.6, 0, 7);
    c.fill();
  });
  return {
    push(model) {
      if (model.leaveOut === null) return;
      if (points.length && model.step <= points.at(-1).step) points = [];
      points.push({ step: model.step, steps: model.steps, r2: model.leaveOut });
      redraw();
    },
  };
}
