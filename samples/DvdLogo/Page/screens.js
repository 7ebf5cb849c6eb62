// Pictures of 16 × 16 pixels: one canvas pixel each, enlarged by the style sheet without smoothing.

const side = 16;
const white = [255, 255, 255], cyan = [77, 230, 255], ghost = [150, 160, 178];

function paint(canvas, colour) {
  const context = canvas.getContext("2d"), image = context.createImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    const [r, g, b] = colour(i);
    image.data.set([r, g, b, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

const lit = (tint, value) => tint.map(c => c * value / 255);
const over = (a, b) => a.map((c, k) => Math.min(255, c + b[k]));

/** What happens, white on black. */
export const drawReality = (canvas, frame) => paint(canvas, i => lit(white, frame[i]));

/** What was expected, tinted. */
export const drawExpectation = (canvas, frame) => paint(canvas, i => lit(cyan, frame[i]));

/** Reality that nobody sees: the last frame seen stays as an afterimage, and reality passes over it as a ghost. */
export const drawUnseen = (canvas, last, now) =>
  paint(canvas, i => over(lit([70, 58, 40], last[i]), lit(ghost, now[i] * 0.62)));

/** A dream, with the ghost of what reality really did. */
export const drawDream = (canvas, dream, reality) =>
  paint(canvas, i => over(lit(cyan, dream[i]), lit(ghost, reality[i] * 0.32)));

/** The strip of frames: a column for each depth, reality above its dream. */
export function drawStrip(box, strip) {
  while (box.children.length < strip.pictures.length) {
    const column = document.createElement("div");
    column.append(screen(), screen(), document.createElement("span"));
    box.append(column);
  }
  strip.pictures.forEach(({ step, reality, dream }, i) => {
    const [above, below, label] = box.children[i].children;
    drawReality(above, reality);
    drawExpectation(below, dream);
    label.textContent = `+${step}`;
  });

  function screen() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    return canvas;
  }
}
