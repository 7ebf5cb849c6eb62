// The map of latents: a floor of known observations, and the trail of the present one over it.

import { chart, colourAt, ease } from "./canvas.js";

const trailLength = 48;
export function latentMap(canvas) {
  let floor = [], goal = [], by = "column", moving = false;
  const seen = [], expected = [];
  let dreaming = false;

  const redraw = chart(canvas, (c, w, h, colour) => {
    const size = Math.min(w, h) / 2 - 6, at = p => [w / 2 + p.x * size, h / 2 + p.y * size];
    c.globalAlpha = 0.5;
    for (const p of floor) {
      c.fillStyle = colourAt(p[by]);
      c.beginPath();
      c.arc(...at(p), 2.6, 0, 7);
      c.fill();
    }
    c.globalAlpha = 1;
    trail(c, seen.map(at), dreaming ? colour.soft : colour.ink, dreaming ? 0.45 : 1);
    if (dreaming) trail(c, expected.map(at), colour.cyan, 1);
    else if (expected.length) gap(c, at(seen.at(-1)), at(expected.at(-1)), colour);
  });

  // Older pieces are thinner and paler.
  function trail(c, points, colour, strength) {
    c.strokeStyle = c.fillStyle = colour;
    c.lineCap = "round";
    for (let i = 1; i < points.length; i++) {
      const age = i / points.length;
      c.globalAlpha = strength * age * age;
      c.lineWidth = 0.8 + 1.8 * age;
      c.beginPath();
      c.moveTo(...points[i - 1]);
      c.lineTo(...points[i]);
      c.stroke();
    }
    c.globalAlpha = strength;
    if (points.length) {
      c.beginPath();
      c.arc(...points.at(-1), 5, 0, 7);
      c.fill();
    }
    c.globalAlpha = 1;
  }

  // From where it was expected to where it is.
  function gap(c, from, to, colour) {
    c.strokeStyle = colour.cyan;
    c.lineWidth = 1.6;
    c.beginPath();
    c.moveTo(...from);
    c.lineTo(...to);
    c.stroke();
    c.beginPath();
    c.arc(...to, 6.5, 0, 7);
    c.stroke();
  }

  const follow = (list, point) => { list.push(point); if (list.length > trailLength) list.shift(); };

  function flow() {
    moving = false;
    floor = floor.map((p, i) => ({ ...goal[i], x: ease(p.x, goal[i].x, 0.2), y: ease(p.y, goal[i].y, 0.2) }));
    redraw();
    if (floor.some((p, i) => Math.abs(p.x - goal[i].x) + Math.abs(p.y - goal[i].y) > 0.002)) move();
  }

  function move() {
    if (!moving) requestAnimationFrame(flow);
    moving = true;
  }

  return {
    redraw,
    floor(points) {
      if (floor.length !== points.length) floor = points;
      goal = points;
      move();
    },
    colourBy(axis) { by = axis; redraw(); },
    push(frame) {
      if (frame.dreaming && !dreaming) expected.length = 0;
      dreaming = frame.dreaming;
      follow(seen, frame.seen);
      follow(expected, frame.expected);
    },
    clear() { seen.length = expected.length = 0; },
  };
}
