// The page's conduct: what the server sends is remembered at once and drawn with the screen's own rhythm.

import { connect } from "./link.js";
import { seedCurves, stdBars, traces, tube } from "./ball.js";
import { colourBy, deepCloud, flatCloud, ranges } from "./cloud.js";
import { banner, byId, keys, live, lost, put, say, toast } from "./conduct.js";
import { trainingPanel } from "./training.js";

const ball = tube(byId("ball")), trace = traces(byId("trace")), bars = stdBars(byId("bars")), seeds = seedCurves(byId("seeds"));
const deep = deepCloud(byId("cloud")), flat = flatCloud(byId("flat-window")), single = flatCloud(byId("flat-single"));
const training = trainingPanel(message => link.send(message), {
  running: "From random weights: watch a ball of dots unfold until height and velocity each have a direction. Every open tab sees the same training.",
  done: "Done. The model above is the one that was just trained.",
  idle: "Start again from random weights, in this very process; everything above follows live.",
});

const explanation = 2400;               // ms that a kick is explained
let state = { paused: false, rests: false, fps: 20 }, model, latest, drawn, kickedAt = -Infinity;
const drawTimes = [];

const link = connect({
  open() { banner(null); },             // the first frame shows that it is live
  closed: lost,
  state(next) { state = next; showState(); },
  model: showModel,
  curves({ curves }) {
    seeds.show(curves);
    put("seeds-count", curves.length === 1 ? "the one seed trained so far" : `${curves.length} seeds`);
  },
  training(progress) { if (training.show(progress)) say("Training has ended."); },
  error({ message }) { toast(message); },
  cloud(isSingle, points) {
    if (isSingle) return single.floor(points);
    deep.floor(points);
    flat.floor(points);
  },
  frame(frame) {
    if (latest && frame.time !== latest.time + 1) [deep, flat, single].forEach(cloud => cloud.clear());
    if (frame.kicked) { kickedAt = performance.now(); say("Kicked."); }
    trace.push(frame);
    deep.push(frame.place);
    flat.push(frame.place);
    single.push(frame.singlePlace);
    latest = frame;
  },
});

function draw(now) {
  requestAnimationFrame(draw);
  deep.idle(now);
  byId("ball").closest("figure").dataset.kicked = now - kickedAt < 600;
  if (!latest) return;
  put("says", explain(now));
  if (latest === drawn) return;
  drawn = latest;
  link.drawn(latest.serial);
  ball.show(latest);
  trace.redraw();
  flat.redraw();
  single.redraw();
  drawTimes.push(now);
  while (drawTimes[0] < now - 2000) drawTimes.shift();
  const rate = Math.round(1000 * (drawTimes.length - 1) / Math.max(1, now - drawTimes[0]));
  live(true, state.paused ? "paused" : `${rate} frames/s`);
  put("s-fps", rate);
}

function explain(now) {
  if (now - kickedAt < explanation) return "Kicked! Nothing it saw could predict it; its ring lags behind until the new flight fills its window.";
  if (training.running) return "The weights change while you watch: what is read off the latent is as good as the training so far.";
  if (!model) return "";
  return `${model.window} noisy heights become 16 values; one linear probe gives the ring, another the arrow. The model is never given either.`;
}

function showState() {
  const pause = byId("pause");
  pause.setAttribute("aria-pressed", state.paused);
  pause.querySelector("span").textContent = state.paused ? "Resume" : "Pause";
  pause.querySelector("use").setAttribute("href", state.paused ? "#i-play" : "#i-pause");
  byId("rests").checked = state.rests;
  if (document.activeElement !== byId("fps")) byId("fps").value = state.fps;
  showSpeed();
  if (state.paused) live(true, "paused");
}

function showSpeed() {
  const fps = Number(byId("fps").value);
  put("fps-out", fps === 20 ? "real time" : `${(fps / 20).toFixed(2)}×`);
}

const r2 = value => value === null ? "–" : value.toFixed(3).replace("-", "−");

function showModel(next) {
  model = next;
  const complete = model.step === model.steps;
  put("s-parameters", model.parameters.toLocaleString("en"));
  put("s-hash", model.hash);
  put("s-same", model.same === null ? "" : model.same ? "✓ the same bits as before" : "≠ other bits than before");
  byId("s-same").className = model.same ? "good" : "bad";
  put("s-recipe", model.recipe);
  put("s-trained", complete ? `trained in ${model.seconds.toFixed(1)} s` : `step ${model.step} of ${model.steps}`);
  put("m-position", r2(model.position));
  put("m-velocity", r2(model.velocity));
  put("flat-name", `K = ${model.window}`);
  put("r2", `velocity R² ${r2(model.velocity)}`);
  put("single-r2", `velocity R² ${r2(model.singleVelocity)}`);
  put("explained", model.explained.map(fraction => `${Math.round(100 * fraction)} %`).join(", "));
  put("ahead", trace.ahead(model.ahead));
  bars.show(model.stds);
}

const act = {
  pause: () => link.send({ do: "pause", on: !state.paused }),
  throw: () => link.send({ do: "throw" }),
  kick: () => link.send({ do: "kick" }),
};
for (const [id, action] of Object.entries(act)) byId(id).onclick = action;
byId("retry").onclick = () => link.retry();
byId("rests").onchange = e => link.send({ do: "rests", on: e.target.checked });
byId("fps").oninput = e => { showSpeed(); link.send({ do: "speed", fps: Number(e.target.value) }); };
keys({ " ": "pause", n: "throw", k: "kick", r: "train" });

function paint(label) {
  for (const other of ["x", "v"]) byId(`by-${other}`).setAttribute("aria-pressed", other === label);
  [, , byId("ramp-from").textContent, byId("ramp-to").textContent] = ranges[label];
  colourBy(label);
}
byId("by-x").onclick = () => paint("x");
byId("by-v").onclick = () => paint("v");
paint("v");

banner(null);
requestAnimationFrame(draw);
