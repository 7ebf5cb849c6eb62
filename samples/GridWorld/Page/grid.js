// The grid as we see it: tiles, agent, goal, and the four imagined ends of the next move.

import { chart, ease, font } from "./canvas.js";

export const moves = ["up", "down", "left", "right"];

export function gridView(canvas, pick) {
  let side = 5, frame, hover = -1, at;

  // A tile is twice as wide as high; the whole grid fits its place.
  const tile = (w, h) => Math.min(w / (2 * side + 1), h / (side + 2.2));
  const centre = (w, h, column, row) => {
    const half = tile(w, h);
    return [w / 2 + (column - row) * half, h / 2 + half * 0.45 + (column + row - (side - 1)) * half / 2];
  };
  const cellAt = (w, h, x, y) => {
    const half = tile(w, h), across = (x - w / 2) / half, along = (y - h / 2 - half * 0.45) / half * 2 + side - 1;
    const column = Math.floor((along + across + 1) / 2), row = Math.floor((along - across + 1) / 2);
    return column >= 0 && row >= 0 && column < side && row < side ? row * side + column : -1;
  };

  const redraw = chart(canvas, (c, w, h, colour) => {
    const half = tile(w, h), place = state => centre(w, h, state % side, Math.floor(state / side));
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const [x, y] = centre(w, h, column, row), state = row * side + column;
        diamond(c, x, y, half * 0.97);
        c.fillStyle = colour.line;
        c.globalAlpha = (row + column) % 2 ? 0.55 : 0.85;
        c.fill();
        c.globalAlpha = 1;
        if (state === hover) { c.strokeStyle = colour.soft; c.lineWidth = 1.5; c.stroke(); }
      }
    if (!frame) return;

    const [gx, gy] = place(frame.goal);
    diamond(c, gx, gy, half * 0.82);
    c.strokeStyle = colour.cyan;
    c.lineWidth = 2.5;
    c.stroke();
    c.fillStyle = colour.cyan;
    c.font = font;
    c.textAlign = "center";
    c.fillText("goal", gx, gy + 4);

    const goal = { column: frame.agent % side, row: Math.floor(frame.agent / side) };
    at = at ? { column: ease(at.column, goal.column, 0.28), row: ease(at.row, goal.row, 0.28) } : goal;
    if (Math.abs(at.column - goal.column) + Math.abs(at.row - goal.row) < 0.01) at = goal;
    const [x, y] = centre(w, h, at.column, at.row), lift = half * 0.42;

    const labels = [];
    if (!frame.arrived && at === goal) {
      const clamp = v => Math.max(-1, Math.min(side, v)), within = v => Math.max(half * 0.3, Math.min(w - half * 0.3, v));
      const ends = frame.futures.map(({ column, row }, move) => {
        const [fx, ground] = centre(w, h, clamp(column), clamp(row));
        return { x: within(fx), y: ground - lift, name: moves[move], chosen: move === frame.chosen };
      });
      for (const end of [...ends].sort((a, b) => a.chosen - b.chosen)) {       // the chosen one on top
        c.globalAlpha = end.chosen ? 0.95 : 0.5;
        c.strokeStyle = end.chosen ? colour.cyan : colour.ink;
        c.lineWidth = end.chosen ? 2.5 : 1.5;
        c.setLineDash([4, 4]);
        c.beginPath();
        c.moveTo(x, y - lift);
        c.lineTo(end.x, end.y);
        c.stroke();
        c.setLineDash([]);
        c.beginPath();
        c.arc(end.x, end.y, half * 0.26, 0, 7);
        c.fillStyle = colour.panel;
        c.fill();
        c.stroke();
      }

      // Moves that end in one place, as two against the walls of a corner do, share a label. One that stays on the agent is named below it
      // where the others lead upwards.
      for (const { x: fx, y: fy, name, chosen } of ends) {
        const shared = labels.find(label => Math.hypot(label.x - fx, label.at - fy) < half * 0.5);
        if (shared) { shared.text += ` · ${name}`; shared.chosen ||= chosen; continue; }
        const stays = Math.hypot(fx - x, fy - (y - lift)) < half * 0.5, below = stays && at.column + at.row > side - 1;
        labels.push({ x: fx, at: fy, y: fy + half * (below ? 0.62 : stays ? -0.46 : -0.36), text: name, chosen });
      }
    }

    c.beginPath();
    c.ellipse(x, y, half * 0.3, half * 0.15, 0, 0, 7);
    c.fillStyle = "#0006";
    c.fill();
    c.beginPath();
    c.arc(x, y - lift, half * 0.34, 0, 7);
    c.fillStyle = colour.ink;
    c.fill();
    c.strokeStyle = frame.blocked ? colour.alarm : colour.panel;
    c.lineWidth = frame.blocked ? 3 : 1.5;
    c.stroke();
    c.lineJoin = "round";
    for (const label of labels) {
      const room = c.measureText(label.text).width / 2 + 4;
      label.x = Math.max(room, Math.min(w - room, label.x));
      c.lineWidth = 4;
      c.strokeStyle = colour.panel;
      c.strokeText(label.text, label.x, label.y);
      c.fillStyle = label.chosen ? colour.cyan : colour.ink;
      c.fillText(label.text, label.x, label.y);
    }
    if (at !== goal) requestAnimationFrame(redraw);
  });

  const cell = e => { const box = canvas.getBoundingClientRect(); return cellAt(box.width, box.height, e.clientX - box.left, e.clientY - box.top); };
  canvas.onpointermove = e => { const next = cell(e); if (next !== hover) { hover = next; canvas.style.cursor = hover < 0 ? "default" : "pointer"; redraw(); } };
  canvas.onpointerleave = () => { hover = -1; redraw(); };
  canvas.onclick = e => { const state = cell(e); if (state >= 0) pick(state); };

  return {
    sides(next) { side = next; redraw(); },
    show(next) {
      if (next.last === 255) at = undefined;           // put there, not walked there
      frame = next;
      redraw();
    },
  };
}

function diamond(c, x, y, half) {
  c.beginPath();
  c.moveTo(x, y - half / 2);
  c.lineTo(x + half, y);
  c.lineTo(x, y + half / 2);
  c.lineTo(x - half, y);
  c.closePath();
}

/** Four bars: how far from the goal each move is imagined to end. */
export function futureBars(host) {
  const rows = moves.map(name => {
    const row = document.createElement("div");
    row.innerHTML = `<span></span><i><b></b></i><output></output>`;
    row.firstElementChild.textContent = name;
    host.append(row);
    return row;
  });
  return {
    show({ futures, chosen, arrived }) {
      const most = Math.max(...futures.map(f => f.distance), 1);
      futures.forEach(({ distance }, move) => {
        rows[move].dataset.chosen = !arrived && move === chosen;
        rows[move].querySelector("b").style.scale = `${Math.min(1, distance / most)} 1`;
        rows[move].lastElementChild.textContent = distance.toFixed(2);
      });
    },
  };
}
