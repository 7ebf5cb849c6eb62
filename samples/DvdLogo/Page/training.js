// The panel "Retrain here": figures, loss curve and the dream of one fixed clip while the weights change.

import { lossCurve } from "./charts.js";
import { drawStrip } from "./screens.js";

const byId = id => document.getElementById(id);
const curveLength = 120;
const digits = (value, n) => value === null ? "–" : value.toPrecision(n);

export function trainingPanel(send) {
  const curve = lossCurve(byId("curve"), curveLength);
  let running = false;

  byId("train").onclick = () => send({ do: "train" });
  byId("stop").onclick = () => send({ do: "stop" });

  return {
    get running() { return running; },

    show(progress) {
      const ended = running && !progress.running;
      running = progress.running;
      byId("training").dataset.running = running;
      byId("train").disabled = running;
      byId("stop").disabled = !running;

      const share = progress.steps ? progress.step / progress.steps : 0;
      byId("progress").firstElementChild.style.scale = `${share} 1`;
      byId("progress").setAttribute("aria-valuenow", Math.round(100 * share));
      if (progress.steps) {
        byId("t-step").textContent = `${progress.step.toLocaleString("en")} / ${progress.steps.toLocaleString("en")}`;
        byId("t-rate").textContent = digits(progress.rate, 3);
        byId("t-loss-name").textContent = progress.drawing ? "drawing error" : "loss";
        byId("t-loss").textContent = digits(progress.loss, 3);
        byId("t-std").textContent = digits(progress.std, 3);
        byId("t-left").textContent = running && progress.left !== null ? `${Math.ceil(progress.left)} s` : running ? "…" : "–";
      }
      curve.show(progress.curve);
      byId("training-says").textContent =
        running && progress.drawing ? "The model is learnt. Now a decoder learns to draw what it thinks; the model learns nothing from that."
        : running ? "From random weights: watch fog turn into a logo. Every open tab sees the same training."
        : progress.failure ? `The training broke off: ${progress.failure}`
        : progress.steps && progress.step < progress.steps ? "Stopped. What it learnt so far is in use; retrain to begin again from zero."
        : progress.steps ? "Done. The model above is the one that was just trained."
        : "Start again from random weights, in this very process; everything above follows live.";
      return ended;
    },

    film(strip) {
      drawStrip(byId("frames"), strip);
      byId("film-note").textContent = `error ${digits(strip.error, 2)}; holding still: ${digits(strip.still, 2)}`;
    },
  };
}
