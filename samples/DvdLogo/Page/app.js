// The page's conduct: what the server sends is remembered at once and drawn with the screen's own rhythm.

import { connect } from "./link.js";
import { drawDream, drawExpectation, drawReality, drawStrip, drawUnseen } from "./screens.js";
import { latentBars, surpriseChart } from "./charts.js";
import { latentMap } from "./map.js";
import { banner, byId, keys, live, lost, put, say, toast } from "./conduct.js";
import { digits, trainingPanel } from "./training.js";

const reality = byId("reality"), expectation = byId("expectation");
const map = latentMap(byId("map")), bars = latentBars(byId("bars")), chart = surpriseChart(byId("chart"));
const training = trainingPanel(message => link.send(message), {
  running: "From random weights: watch fog turn into a logo. Every open tab sees the same training.",
  decoder: "The model is trained. Now a decoder learns to draw its latents; the model learns nothing from that.",
  done: "Done. The model above is the one that was just trained.",
  idle: "Start again from random weights, in this very process; everything above follows live.",
});

const explanation = 2600, afterglow = 900;         // ms that a jump stays explained, and an alarm stays lit
let state = { paused: false, decoder: true, fps: 12 };
let latest, drawn, lastSeen, wasDreaming = false, jumpedAt = -Infinity, alarmAt = -Infinity, alarmTimes = 0, announcedAt = -Infinity;
const drawTimes = [];

const link = connect({
  open() { banner(null); },        // the first frame tells that it is live
  closed: lost,
  state(next) { state = next; showState(); },
  model: showModel,
  training(progress) { if (training.show(progress)) say("Training has ended."); },
  error({ message }) { toast(message); },
  map(points) { map.floor(points); },
  strip(strip) {
    drawStrip(byId("frames"), strip);
    put("strip-note", `error ${digits(strip.error, 2)}; holding still: ${digits(strip.still, 2)}`);
  },
  frame(frame) {
    const now = performance.now();
    if (latest && latest.decoder !== frame.decoder) chart.clear();      // pixels and latents have no scale in common
    chart.push(frame);
    map.push(frame);
    if (frame.jump) jumpedAt = now;
    if (frame.dreaming && !wasDreaming) lastSeen = latest?.reality ?? frame.reality;
    if (frame.alarm) alarm(frame, now);
    wasDreaming = frame.dreaming;
    latest = frame;
  },
});

// --- drawing ------------------------------------------------------------------------------------------------------------

function draw(now) {
  requestAnimationFrame(draw);
  if (latest && latest !== drawn) {
    drawn = latest;
    link.drawn(latest.serial);
    show(latest);
    drawTimes.push(now);
    while (drawTimes[0] < now - 2000) drawTimes.shift();
    const rate = Math.round(1000 * (drawTimes.length - 1) / Math.max(1, now - drawTimes[0]));
    live(true, state.paused ? "paused" : `${rate} frames/s`);
    put("s-fps", rate);
  }
  byId("surprise").dataset.alarm = byId("seen").dataset.alarm = now - alarmAt < afterglow;
  if (latest) put("says", explain(latest, now));
}

function show(frame) {
  if (frame.dreaming) drawUnseen(reality, lastSeen, frame.reality);
  else drawReality(reality, frame.reality);
  if (frame.decoder) (frame.dreaming ? drawDream : drawExpectation)(expectation, frame.expectation, frame.reality);
  byId("off").hidden = frame.decoder;

  byId("seen").dataset.unseen = byId("expected").dataset.dreaming = frame.dreaming;
  put("seen-note", frame.dreaming ? "goes on unseen" : "as the model sees it");
  put("expected-name", frame.dreaming ? "Dream" : "Expectation");
  put("expected-note", frame.dreaming ? `step ${frame.step} of ${frame.steps}` : "one frame ahead");
  byId("dream-bar").hidden = !frame.dreaming;
  byId("dream-bar").firstElementChild.style.scale = `${frame.dreaming ? frame.step / frame.steps : 0} 1`;
  byId("dream").querySelector("span").textContent = frame.dreaming ? "Wake up" : "Dream";

  const times = frame.dreaming ? frame.surprise / frame.usual : Math.max(alarmShown() ? alarmTimes : 0, frame.surprise / frame.usual);
  put("times", !Number.isFinite(times) ? "–" : times >= 100 ? Math.round(times) : times.toPrecision(2));
  put("times-unit", frame.dreaming ? "× the error of holding still" : "× the usual");
  put("chart-note", frame.dreaming ? "Cyan: how far the dream is from reality. Dotted: how far the last frame seen is."
    : frame.decoder ? "Squared pixel difference of expectation and reality. Dashed: what no ordinary frame reaches."
    : "Squared difference of expected and seen latent: no picture is involved. Dashed: what no ordinary frame reaches.");
  bars.show(frame);
  map.redraw();
  chart.redraw();
}

const alarmShown = () => performance.now() - alarmAt < afterglow;

function explain(frame, now) {
  if (frame.dreaming) return "Eyes closed: every prediction is made from the one before. The grey ghost is where the logo really went.";
  if (now - jumpedAt < explanation) return "Moved! A surprise twice over: the jump, then its echo, a prediction made from one frame before and one after.";
  if (!frame.decoder) return "No picture is decoded: 32 predicted values against 32 observed ones are enough to be surprised.";
  if (training.running) return "The weights change while you watch: the prediction is as good as the training so far.";
  return "Two frames become 32 values; these predict the next 32, which are decoded as the next frame.";
}

function alarm(frame, now) {
  const times = frame.surprise / frame.usual;
  alarmTimes = now - alarmAt < afterglow ? Math.max(alarmTimes, times) : times;
  alarmAt = now;
  if (now - announcedAt < 1500) return;
  announcedAt = now;
  say(`Surprise: ${Math.round(times)} times the usual.`);
}

// --- what surrounds the pictures ------------------------------------------------------------------------------------------

function showState() {
  const pause = byId("pause");
  pause.setAttribute("aria-pressed", state.paused);
  pause.querySelector("span").textContent = state.paused ? "Resume" : "Pause";
  pause.querySelector("use").setAttribute("href", state.paused ? "#i-play" : "#i-pause");
  byId("decoder").checked = state.decoder;
  if (document.activeElement !== byId("fps")) byId("fps").value = state.fps;
  put("fps-out", `${byId("fps").value} fps`);
  if (state.paused) live(true, "paused");
}

function showModel(model) {
  const complete = model.step === model.steps;
  put("s-parameters", model.parameters.toLocaleString("en"));
  put("s-hash", model.hash);
  put("s-same", model.same === null ? "" : model.same ? "✓ the same bits as before" : "≠ other bits than before");
  byId("s-same").className = model.same ? "good" : "bad";
  put("s-recipe", model.recipe);
  put("s-trained", complete ? `trained in ${model.seconds.toFixed(1)} s` : `step ${model.step} of ${model.steps}`);
}

// --- controls -------------------------------------------------------------------------------------------------------------

const act = {
  pause: () => link.send({ do: "pause", on: !state.paused }),
  new() { map.clear(); link.send({ do: "new" }); },
  anomaly: () => link.send({ do: "anomaly" }),
  dream: () => link.send(latest?.dreaming ? { do: "wake" } : { do: "dream", steps: Number(byId("steps").value) }),
};
for (const [id, action] of Object.entries(act)) byId(id).onclick = action;

byId("retry").onclick = () => link.retry();
byId("decoder").onchange = e => link.send({ do: "decoder", on: e.target.checked });
byId("fps").oninput = e => { put("fps-out", `${e.target.value} fps`); link.send({ do: "speed", fps: Number(e.target.value) }); };
byId("steps").oninput = e => put("steps-out", `${e.target.value} steps`);
byId("steps").oninput({ target: byId("steps") });

keys({ " ": "pause", n: "new", i: "anomaly", d: "dream", r: "train" });

for (const [id, axis, from, to] of [["by-x", "column", "left", "right"], ["by-y", "row", "top", "bottom"]])
  byId(id).onclick = () => {
    byId("by-x").setAttribute("aria-pressed", id === "by-x");
    byId("by-y").setAttribute("aria-pressed", id === "by-y");
    [byId("ramp-from").textContent, byId("ramp-to").textContent] = [from, to];
    map.colourBy(axis);
  };

banner(null);
requestAnimationFrame(draw);
