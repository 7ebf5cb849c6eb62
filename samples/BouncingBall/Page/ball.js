// The ball in its tube, and its height and velocity over time.

import { chart, font, line } from "./canvas.js";

const length = 120, top = 2.6, fastest = 7.5, frameTime = 0.05;
const white = "#fff", pale = "#8b98a9", cyan = "#4de6ff", grid = "#1d2530";      // the glass is black in every theme

export function tube(canvas) {
  let frame;
  const redraw = chart(canvas, (c, w, h) => {
    const y = x => h - 22 - (h - 50) * x / top, middle = w / 2;
    c.strokeStyle = grid;
    c.lineWidth = 1;
    for (let x = 0.5; x < top; x += 0.5) { c.beginPath(); c.moveTo(8, y(x)); c.lineTo(w - 8, y(x)); c.stroke(); }
    c.fillStyle = pale;
    c.fillRect(8, y(0) + 11, w - 16, 2);
    if (!frame) return;
    c.fillStyle = white;
    c.beginPath();
    c.arc(middle, y(frame.x), 11, 0, 7);
    c.fill();
    c.strokeStyle = cyan;
    c.lineWidth = 2;
    c.beginPath();
    c.arc(middle, y(frame.readX), 15, 0, 7);
    c.stroke();
    arrow(c, middle, y(frame.readX), frame.readV * 13);
  });

  // The velocity that was read, from the ring outwards.
  function arrow(c, x, y, reach) {
    const sign = Math.sign(reach), from = y - sign * 15, to = y - sign * 15 - reach;
    if (Math.abs(reach) < 5) return;
    line(c, [[x, from], [x, to]], cyan, 2);
    line(c, [[x - 4.5, to + sign * 6], [x, to], [x + 4.5, to + sign * 6]], cyan, 2);
  }

  return { show(next) { frame = next; redraw(); } };
}

export function traces(canvas) {
  const frames = [];
  let ahead = 8;
  const redraw = chart(canvas, (c, w, h) => {
    const split = h * 0.52, right = w - 16;
    const x = i => 40 + (right - 40) * (i + length - frames.length) / (length - 1 + 16);
    const height = v => split - 18 - (split - 40) * v / top, velocity = v => (split + h) / 2 + 6 - (h - split - 40) / 2 * v / fastest;
    axis(c, w, height, [0, 1, 2], "height, m", 18);
    axis(c, w, velocity, [-5, 0, 5], "velocity, m/s", split + 16);
    if (!frames.length) return;

    for (const run of throws()) {
      const points = of => run.map(({ i, f }) => [x(i), of(f)]);
      c.fillStyle = pale;
      for (const [px, py] of points(f => height(f.seen))) { c.beginPath(); c.arc(px, py, 1.6, 0, 7); c.fill(); }
      line(c, points(f => height(f.x)), white, 1.4);
      line(c, points(f => velocity(f.v)), white, 1.4);
      line(c, points(f => height(f.readX)), cyan, 1.8);
      line(c, points(f => velocity(f.readV)), cyan, 1.8);
    }

    // Where it predicts the ball to be, at the time of the prediction.
    const last = frames.at(-1), end = frames.length - 1, at = x(end + ahead);
    c.setLineDash([2, 4]);
    line(c, [[x(end), height(last.readX)], [at, height(last.laterX)]], cyan, 1.2);
    line(c, [[x(end), velocity(last.readV)], [at, velocity(last.laterV)]], cyan, 1.2);
    c.setLineDash([]);
    for (const py of [height(last.laterX), velocity(last.laterV)]) {
      c.strokeStyle = cyan;
      c.lineWidth = 1.6;
      c.beginPath();
      c.arc(at, py, 5, 0, 7);
      c.stroke();
    }
    frames.forEach((f, i) => {
      if (!f.kicked) return;
      c.setLineDash([4, 4]);
      line(c, [[x(i), 12], [x(i), h - 12]], "#ff6b72", 1);
      c.setLineDash([]);
      c.fillStyle = "#ff6b72";
      c.font = `600 ${font}`;
      c.textAlign = "left";
      c.fillText("kick", x(i) + 6, 18);
    });
  });

  // A throw is not a flight from where the ball was before.
  function throws() {
    const runs = [];
    frames.forEach((f, i) => (i && f.time === frames[i - 1].time + 1 ? runs.at(-1) : runs[runs.push([]) - 1]).push({ i, f }));
    return runs;
  }

  function axis(c, w, y, values, name, at) {
    c.font = font;
    c.textBaseline = "middle";
    c.fillStyle = pale;
    c.textAlign = "left";
    c.fillText(name, 40, at);
    c.textAlign = "right";
    for (const v of values) {
      c.fillText(v < 0 ? `−${-v}` : v, 30, y(v));
      c.fillStyle = grid;
      c.fillRect(40, y(v), w - 56, 1);
      c.fillStyle = pale;
    }
  }

  return {
    redraw,
    ahead(frames) { ahead = frames; return `${(frames * frameTime).toFixed(2)} s ahead`; },
    push(frame) { frames.push(frame); if (frames.length > length) frames.shift(); },
  };
}

/** The standard deviation of every dimension beside the target of 1. */
export function stdBars(canvas) {
  let values = [];
  const redraw = chart(canvas, (c, w, h, colour) => {
    if (!values.length) return;
    const reach = Math.max(1.6, ...values) * 1.06, y = v => h - 1 - (h - 6) * v / reach, pitch = w / values.length;
    values.forEach((v, i) => {
      c.fillStyle = colour.cyan;
      c.globalAlpha = 0.85;
      c.beginPath();
      c.roundRect(i * pitch + pitch * 0.2, y(v), pitch * 0.6, h - y(v), [3, 3, 0, 0]);
      c.fill();
    });
    c.globalAlpha = 1;
    c.setLineDash([4, 4]);
    line(c, [[0, y(1)], [w, y(1)]], colour.ink, 1.2);
    c.setLineDash([]);
    c.fillStyle = colour.line;
    c.fillRect(0, h - 1, w, 1);
  });
  return { show(next) { values = next; redraw(); } };
}

/** The losses of all seeds on one logarithmic scale. */
export function seedCurves(canvas) {
  let curves = [];
  const hues = ["#4de6ff", "#f0a94e", "#4ade9b", "#c58bff", "#ff6b9a", "#d8cf5a", "#6f9bff", "#ff8d5c"];
  const redraw = chart(canvas, (c, w, h, colour) => {
    c.fillStyle = colour.line;
    c.fillRect(0, h - 1, w, 1);
    const all = curves.flatMap(curve => curve.losses).filter(v => v > 0);
    if (!all.length) return;
    const [low, high] = [Math.log10(Math.min(...all)), Math.log10(Math.max(...all))];
    const y = v => 8 + (h - 18) * (high - Math.log10(v)) / Math.max(0.3, high - low);
    curves.forEach(({ losses }, i) => line(c, losses.map((v, k) => [4 + (w - 8) * k / Math.max(1, losses.length - 1), y(v)]), hues[i % hues.length], 1.4));
    c.fillStyle = colour.soft;
    c.font = font;
    c.textAlign = "right";
    c.fillText(`${Math.max(...all).toPrecision(3)} → ${Math.min(...all).toPrecision(3)}`, w - 2, 10);
  });
  return { show(next) { curves = next; redraw(); } };
}
