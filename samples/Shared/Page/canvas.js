// Charts on canvases that keep the screen's own resolution.

/** A canvas that redraws itself when its size or the theme changes. draw(context, width, height, colours) */
export function chart(canvas, draw) {
  const context = canvas.getContext("2d");
  const redraw = () => {
    const { clientWidth: w, clientHeight: h } = canvas, ratio = window.devicePixelRatio || 1;
    if (!w || !h) return;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
      canvas.width = Math.round(w * ratio);
      canvas.height = Math.round(h * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, w, h);
    draw(context, w, h, colours());
  };
  new ResizeObserver(redraw).observe(canvas);
  redrawn.add(redraw);
  return redraw;
}

const redrawn = new Set();
let palette;
function colours() {
  if (palette) return palette;
  const style = getComputedStyle(document.documentElement), of = name => style.getPropertyValue(`--${name}`).trim();
  return palette = { ink: of("ink"), soft: of("soft"), line: of("line"), cyan: of("cyan"), alarm: of("alarm"), panel: of("panel") };
}

export function themeChanged() {
  palette = undefined;
  redrawn.forEach(redraw => redraw());
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");
/** Moves a value towards its goal, or puts it there for those who want no motion. */
export const ease = (value, goal, share) => calm.matches ? goal : value + (goal - value) * share;

export function line(context, points, colour, width = 1.6) {
  context.beginPath();
  points.forEach(([x, y], i) => i ? context.lineTo(x, y) : context.moveTo(x, y));
  Object.assign(context, { strokeStyle: colour, lineWidth: width, lineJoin: "round", lineCap: "round" });
  context.stroke();
}

export const font = "11px ui-sans-serif, system-ui, sans-serif";

/** The area under a line. */
export function fill(context, points, bottom, colour) {
  context.beginPath();
  context.moveTo(points[0][0], bottom);
  points.forEach(([x, y]) => context.lineTo(x, y));
  context.lineTo(points.at(-1)[0], bottom);
  context.fillStyle = colour;
  context.globalAlpha = 0.09;
  context.fill();
  context.globalAlpha = 1;
}

const ramp = [[108, 92, 246], [222, 78, 152], [250, 178, 74]];

/** The colour of a share 0 … 1, from violet to amber. */
export function colourAt(share) {
  const at = Math.min(1, Math.max(0, share)) * (ramp.length - 1), i = Math.min(ramp.length - 2, Math.floor(at)), t = at - i;
  return `rgb(${ramp[i].map((c, k) => Math.round(c + (ramp[i + 1][k] - c) * t)).join(" ")})`;
}

/** The loss so far on a logarithmic scale; the whole width is the whole training. */
export function lossCurve(canvas, whole) {
  let losses = [];
  const redraw = chart(canvas, (c, w, h, colour) => {
    c.fillStyle = colour.line;
    c.fillRect(0, h - 1, w, 1);
    const known = losses.map((v, i) => [i, v]).filter(([, v]) => v > 0);
    if (!known.length) {
      c.fillStyle = colour.soft;
      c.font = font;
      c.textAlign = "center";
      c.fillText("drawn while training", w / 2, h / 2);
      return;
    }
    const logs = known.map(([, v]) => Math.log10(v));
    const high = Math.max(...logs), low = Math.min(...logs, high - 1), y = v => 14 + (h - 22) * (high - Math.log10(v)) / (high - low);
    const points = known.map(([i, v]) => [(w - 5) * i / (whole - 1), y(v)]);
    fill(c, points, h, colour.cyan);
    line(c, points, colour.cyan, 2);
    const [x, at] = points.at(-1);
    c.fillStyle = colour.cyan;
    c.beginPath();
    c.arc(x, at, 3.2, 0, 7);
    c.fill();
    c.fillStyle = colour.soft;
    c.font = font;
    c.textAlign = x > w - 60 ? "right" : "left";
    c.fillText(known.at(-1)[1].toPrecision(3), x + (x > w - 60 ? 0 : 8), Math.max(10, at - (x > w - 60 ? 18 : 8)));
  });
  return { redraw, show(next) { losses = next; redraw(); } };
}
