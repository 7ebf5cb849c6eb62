// What the logo's page draws over time.

import { chart, ease, fill, font, line } from "./canvas.js";

const length = 120;

/** The last 120 values of surprise. Entries: { surprise, usual, threshold, alarm, dreaming, jump, mixed }. */
export function surpriseChart(canvas) {
  const entries = [];
  let top = 0;

  const redraw = chart(canvas, (c, w, h, colour) => {
    if (!entries.length) return;
    const goal = 1.12 * Math.max(...entries.map(e => Math.max(e.surprise, e.dreaming ? e.usual : e.threshold * 1.3)));
    top = top ? ease(top, goal, goal > top ? 0.5 : 0.08) : goal;
    const x = i => w * (i + length - entries.length) / (length - 1), y = v => h - 2 - (h - 8) * Math.min(1, v / top);
    const runs = split(entries);

    for (const { from, part, dreaming } of runs) {
      const points = part.map((e, i) => [x(from + i), y(e.surprise)]);
      if (dreaming) {
        c.fillStyle = colour.cyan; c.globalAlpha = 0.07;
        c.fillRect(x(from), 0, x(from + part.length - 1) - x(from), h);
        c.globalAlpha = 1;
        c.setLineDash([2, 4]);
        line(c, part.map((e, i) => [x(from + i), y(e.usual)]), colour.soft, 1.2);
        c.setLineDash([]);
      } else {
        c.setLineDash([6, 5]);
        line(c, part.map((e, i) => [x(from + i), y(e.threshold)]), colour.alarm, 1);
        c.setLineDash([]);
      }
      fill(c, points, h, dreaming ? colour.cyan : colour.ink);
      line(c, points, dreaming ? colour.cyan : colour.ink);
    }

    entries.forEach((e, i) => {
      if (!e.alarm) return;
      c.fillStyle = colour.alarm;
      c.beginPath();
      c.arc(x(i), y(e.surprise), 3.2, 0, 7);
      c.fill();
    });
    c.font = `600 ${font}`;
    c.textBaseline = "middle";
    entries.forEach((e, i) => {
      if (!e.jump && !e.mixed) return;
      if (e.mixed && x(i) > w - 46) return;
      c.textAlign = e.jump ? "right" : "left";
      c.fillStyle = e.alarm ? colour.alarm : colour.soft;
      c.fillText(e.jump ? "jump" : "echo", x(i) + (e.mixed ? 8 : -8), Math.max(10, y(e.surprise)));
    });
  });

  return {
    redraw,
    push(entry) { entries.push(entry); if (entries.length > length) entries.shift(); },
    clear() { entries.length = 0; top = 0; },
  };
}

// Segments of waking and of dreaming; neither line may run into the other.
function split(entries) {
  const runs = [];
  entries.forEach((e, i) => {
    const last = runs.at(-1);
    if (last && last.dreaming === e.dreaming) last.part.push(e);
    else runs.push({ from: i, part: [e], dreaming: e.dreaming });
  });
  return runs;
}

/** Signed bars from the middle; the other of the two latents as ticks. */
export function latentBars(canvas) {
  let frame, reach = 1;
  const redraw = chart(canvas, (c, w, h, colour) => {
    c.fillStyle = colour.line;
    c.fillRect(0, h / 2 - 0.5, w, 1);
    if (!frame) return;
    const { dreaming } = frame, bars = dreaming ? frame.expectedLatent : frame.seenLatent, ticks = dreaming ? frame.seenLatent : frame.expectedLatent;
    reach = Math.max(1, ease(reach, 1.15 * Math.max(...bars.map(Math.abs), ...ticks.map(Math.abs)), 0.06));
    const pitch = w / bars.length, thick = Math.max(2, pitch * 0.56), y = v => h / 2 - (h / 2 - 3) * Math.max(-1, Math.min(1, v / reach));
    bars.forEach((v, i) => {
      const x = i * pitch + (pitch - thick) / 2, from = Math.min(h / 2, y(v));
      c.fillStyle = dreaming ? colour.cyan : colour.ink;
      c.globalAlpha = 0.78;
      c.beginPath();
      c.roundRect(x, from, thick, Math.max(1, Math.abs(y(v) - h / 2)), Math.min(3, thick / 2));
      c.fill();
      c.globalAlpha = dreaming ? 0.6 : 1;
      c.fillStyle = dreaming ? colour.soft : colour.cyan;
      c.fillRect(x - 1.5, y(ticks[i]) - 1.25, thick + 3, 2.5);
    });
    c.globalAlpha = 1;
  });
  return { redraw, show(next) { frame = next; redraw(); } };
}
