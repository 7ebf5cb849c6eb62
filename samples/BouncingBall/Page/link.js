// Turns bytes into plain objects. The protocol is described in Live/Wire.cs.

import { connect as open } from "./socket.js";

export function connect(on) {
  return open({ ...on, binary(view) {
    const kind = view.getUint8(0);
    if (kind === 1) on.frame(frame(view));
    else if (kind === 2) on.cloud(view.getUint8(1) === 1, points(view));
  } });
}

function frame(view) {
  const f32 = at => view.getFloat32(at, true), place = at => [f32(at), f32(at + 4), f32(at + 8)];
  return {
    kicked: view.getUint8(1) === 1, generation: view.getUint16(2, true), time: view.getUint32(4, true), serial: view.getUint32(8, true),
    seen: f32(12), x: f32(16), v: f32(20), readX: f32(24), readV: f32(28), laterX: f32(32), laterV: f32(36),
    place: place(40), singlePlace: place(52),
  };
}

function points(view) {
  return Array.from({ length: view.getUint16(4, true) }, (_, i) => {
    const at = 8 + 8 * i;
    return {
      place: [0, 2, 4].map(k => view.getInt16(at + k, true) / 16384),
      x: view.getUint8(at + 6) / 100, v: view.getUint8(at + 7) / 16 - 8,
    };
  });
}
