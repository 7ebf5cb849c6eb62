// The page's conduct: what the server sends is shown as it comes; what is clicked or pressed is sent.

import { connect } from "./link.js";
import { futureBars, gridView, moves } from "./grid.js";
import { mindMap, probeChart } from "./mind.js";
import { banner, byId, keys, live, lost, put, say, toast } from "./conduct.js";
import { trainingPanel } from "./training.js";

let latest, sets = "goal";
const grid = gridView(byId("grid"), state => link.send(sets === "goal" ? { do: "goal", state } : { do: "place", state }));
const bars = futureBars(byId("bars")), map = mindMap(byId("map")), probe = probeChart(byId("probe"));
const training = trainingPanel(message => link.send(message), {
  running: "From random weights: watch the cells and the imagined moves find their places. Every open tab sees the same training.",
  done: "Done. The model above is the one that was just trained.",
  idle: "Start again from random weights, in this very process; everything above follows live.",
});

const link = connect({
  open() { banner(null); },
  closed: lost,
  state({ side, fps }) { grid.sides(side); map.sides(side); put("fps-out", `${fps} moves/s`); byId("fps").value = fps; },
  model: showModel,
  training(progress) { if (training.show(progress)) say("Training has ended."); },
  error({ message }) { toast(message); },
  map(points) { map.points(points); },
  frame(frame) {
    if (frame.arrived && latest?.going) say("Arrived.");
    latest = frame;
    requestAnimationFrame(() => link.drawn(frame.serial));
    live(true, frame.going ? "on its way" : "live");
    grid.show(frame);
    bars.show(frame);
    map.show(frame);
    look(frame.picture);
    put("says", explain(frame));
    put("route", frame.moves ? `${frame.moves} move${frame.moves === 1 ? "" : "s"}, shortest ${frame.shortest}` : `shortest ${frame.shortest}`);
    byId("go").querySelector("span").textContent = frame.going ? "Halt" : "Go there";
  },
});

function explain(frame) {
  if (frame.arrived && frame.moves) return frame.moves === frame.shortest ? `Arrived in ${frame.moves}: no way is shorter.` : `Arrived in ${frame.moves}; ${frame.shortest} would have done.`;
  if (frame.arrived) return "It is there already. Click another cell.";
  if (frame.blocked) return `A wall: ${moves[frame.last]} leads nowhere from here, and its ghost of that move should lie on the agent.`;
  if (training.running) return "The weights change while you watch: the four ghosts are as good as the training so far.";
  return "Dashed: where it imagines each move to end. Click a cell, then let it go, or move it with the arrow keys.";
}

const eye = byId("eye").getContext("2d"), image = eye.createImageData(128, 128);
function look(picture) {
  for (let i = 0; i < picture.length; i++) image.data.set([picture[i], picture[i], picture[i], 255], 4 * i);
  eye.putImageData(image, 0, 0);
}

function showModel(model) {
  probe.push(model);
  put("s-two", model.firstTwo === null ? "–" : `${Math.round(100 * model.firstTwo)} %`);
  put("s-r2", model.leaveOut === null ? "–" : model.leaveOut.toFixed(3));
  put("s-right", `${model.right}/${model.transitions}`);
  put("s-solved", `${model.solved}/${model.pairs}`);
  put("s-optimal", `${model.optimal}/${model.pairs}`);
  put("s-parameters", model.parameters.toLocaleString("en"));
  put("s-hash", model.hash);
  put("s-recipe", model.recipe);
  put("s-same", model.same === null ? "" : model.same ? "the same bits as before" : "other bits than before");
  byId("s-same").className = model.same ? "good" : "bad";
  put("s-trained", model.step === model.steps ? `trained in ${model.seconds.toFixed(0)} s` : `after ${model.step} of ${model.steps} steps`);
}

moves.forEach((name, move) => byId(name).onclick = () => link.send({ do: "move", move }));
byId("go").onclick = () => link.send({ do: latest?.going ? "halt" : "go" });
byId("retry").onclick = () => link.retry();
byId("fps").oninput = e => link.send({ do: "speed", fps: Number(e.target.value) });
keys({ " ": "go", arrowup: "up", arrowdown: "down", arrowleft: "left", arrowright: "right", r: "train" });

for (const kind of ["goal", "agent"])
  byId(`sets-${kind}`).onclick = () => {
    sets = kind;
    byId("sets-goal").setAttribute("aria-pressed", kind === "goal");
    byId("sets-agent").setAttribute("aria-pressed", kind === "agent");
  };
for (const axis of ["column", "row"])
  byId(`by-${axis}`).onclick = () => {
    byId("by-column").setAttribute("aria-pressed", axis === "column");
    byId("by-row").setAttribute("aria-pressed", axis === "row");
    map.colourBy(axis);
  };

banner(null);
