// Clouds of latents: flat, and in three dimensions to be turned.

import { chart, colourAt, ease, font } from "./canvas.js";

const trailLength = 32;
export const ranges = { x: [0, 1.6, "floor", "1.6 m"], v: [-4, 4, "−4 m/s", "+4 m/s"] };
let by = "v";
const clouds = [];

export function colourBy(label) {
  by = label;
  clouds.forEach(redraw => redraw());
}

const colourOf = point => { const [low, high] = ranges[by]; return colourAt((point[by] - low) / (high - low)); };

/** Points that melt into those of the next model, and the trail of the present latent. draw(context, w, h, colours, at) */
function cloud(canvas, project, decorate) {
  let points = [], goal = [], moving = false;
  const trail = [];
  const redraw = chart(canvas, (c, w, h, colour) => {
    const at = project(w, h);
    decorate?.(c, w, h, colour, at);
    const drawn = points.map(p => [at(p.place), p]);
    if (at.deep) drawn.sort((a, b) => a[0][2] - b[0][2]);
    for (const [[x, y, z], p] of drawn) {
      const near = at.deep ? (z + 1) / 2 : 0.5;
      c.globalAlpha = 0.28 + 0.5 * Math.min(1, Math.max(0, near));
      c.fillStyle = colourOf(p);
      c.beginPath();
      c.arc(x, y, 1.5 + 1.4 * near, 0, 7);
      c.fill();
    }
    c.strokeStyle = c.fillStyle = colour.ink;
    c.lineCap = "round";
    const path = trail.map(at);
    for (let i = 1; i < path.length; i++) {
      const age = i / path.length;
      c.globalAlpha = age * age;
      c.lineWidth = 0.8 + 1.8 * age;
      c.beginPath();
      c.moveTo(path[i - 1][0], path[i - 1][1]);
      c.lineTo(path[i][0], path[i][1]);
      c.stroke();
    }
    c.globalAlpha = 1;
    if (path.length) {
      c.beginPath();
      c.arc(path.at(-1)[0], path.at(-1)[1], 5, 0, 7);
      c.fill();
    }
  });
  clouds.push(redraw);

  function flow() {
    moving = false;
    points = points.map((p, i) => ({ ...goal[i], place: p.place.map((v, k) => ease(v, goal[i].place[k], 0.2)) }));
    redraw();
    if (points.some((p, i) => p.place.some((v, k) => Math.abs(v - goal[i].place[k]) > 0.002))) move();
  }

  function move() {
    if (moving) return;
    moving = true;
    requestAnimationFrame(flow);
  }

  return {
    redraw,
    floor(next) {
      goal = next;
      if (points.length !== goal.length) points = goal;
      move();
    },
    push(place) { trail.push(place); if (trail.length > trailLength) trail.shift(); },
    clear() { trail.length = 0; },
  };
}

/** The two main directions. */
export function flatCloud(canvas) {
  return cloud(canvas, (w, h) => {
    const size = Math.min(w / 2, h / 2) - 6;
    return ([x, y]) => [w / 2 + x * Math.min(1.6 * size, w / 2 - 6), h / 2 - y * size];
  });
}

/** The three main directions, turned by pointer or arrow keys; it turns by itself until somebody does. */
export function deepCloud(canvas) {
  let yaw = 0.6, pitch = 0.35, touched = matchMedia("(prefers-reduced-motion: reduce)").matches, last = performance.now(), held;

  const self = cloud(canvas, (w, h) => {
    const size = Math.min(w, h) / 2 + 4, [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
    const at = ([x, y, z]) => {
      const [a, b] = [x * cy + z * sy, -x * sy + z * cy], depth = y * sp + b * cp, near = 1 / (1 - 0.22 * depth);
      return [w / 2 + a * size * near * 0.86, h / 2 - (y * cp - b * sp) * size * near * 0.86, depth];
    };
    at.deep = true;
    return at;
  }, (c, w, h, colour, at) => {
    // Axes: without them a cloud of dots has no depth on a still picture.
    c.font = font;
    c.fillStyle = colour.soft;
    c.strokeStyle = colour.line;
    c.lineWidth = 1.4;
    c.textBaseline = "middle";
    for (const [axis, name] of [["x", "height"], ["y", "velocity"], ["z", ""]]) {
      const [from, to] = [-1, 1].map(end => at({ x: [end, 0, 0], y: [0, end, 0], z: [0, 0, end] }[axis]));
      c.beginPath();
      c.moveTo(from[0], from[1]);
      c.lineTo(to[0], to[1]);
      c.stroke();
      c.textAlign = to[0] > w - 60 ? "right" : to[0] < 60 ? "left" : "center";
      c.fillText(name, to[0], to[1] + (to[1] < h / 2 ? -10 : 12));
    }
  });

  function turn(byYaw, byPitch) {
    touched = true;
    yaw += byYaw;
    pitch = Math.max(-1.5, Math.min(1.5, pitch + byPitch));
    self.redraw();
  }

  canvas.onpointerdown = e => { held = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); };
  canvas.onpointermove = e => {
    if (!held) return;
    turn((e.clientX - held[0]) * 0.01, (e.clientY - held[1]) * 0.01);
    held = [e.clientX, e.clientY];
  };
  canvas.onpointerup = canvas.onpointercancel = () => { held = undefined; };
  canvas.onkeydown = e => {
    const by = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, -0.12], ArrowDown: [0, 0.12] }[e.key];
    if (!by) return;
    e.preventDefault();
    turn(...by);
  };

  return { ...self, idle(now) { if (!touched) yaw += Math.min(0.1, (now - last) * 0.00022); last = now; self.redraw(); } };
}
