// The panel "Retrain here": figures and loss curve while the weights change.

import { lossCurve } from "./canvas.js";
import { byId } from "./conduct.js";

const curveLength = 120;
export const digits = (value, n) => value === null ? "–" : Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(n);

/** words: what the panel says while a model { running }, while a decoder is trained { decoder }, and { idle }, when it { done }. */
export function trainingPanel(send, words) {
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

      const fraction = progress.steps ? progress.step / progress.steps : 0;
      byId("progress").firstElementChild.style.scale = `${fraction} 1`;
      byId("progress").setAttribute("aria-valuenow", Math.round(100 * fraction));
      if (progress.steps) {
        byId("t-step").textContent = `${progress.step.toLocaleString("en")} / ${progress.steps.toLocaleString("en")}`;
        byId("t-rate").textContent = digits(progress.rate, 3);
        byId("t-loss-name").textContent = progress.decoder ? "decoder loss" : "loss";
        byId("t-loss").textContent = digits(progress.loss, 3);
        byId("t-std").textContent = digits(progress.std, 3);
        byId("t-left").textContent = running && progress.left !== null ? `${Math.ceil(progress.left)} s` : running ? "…" : "–";
      }
      curve.show(progress.curve);
      byId("training-says").textContent =
        running && progress.decoder ? words.decoder
        : running ? words.running
        : progress.failure ? `The training failed: ${progress.failure}`
        : progress.steps && progress.step < progress.steps ? "Stopped. The weights so far are in use; retrain to start again from scratch."
        : progress.steps ? words.done
        : words.idle;
      return ended;
    },
  };
}
