// Turns bytes into plain objects. The protocol is described in Live/Wire.cs.

import { connect as open } from "./socket.js";

const DREAMING = 1, DECODER = 2, ALARM = 4, JUMP = 8, MIXED = 16;

export function connect(on) {
  return open({ ...on, binary(view) {
    const kind = view.getUint8(0);
    if (kind === 1) on.frame(frame(view));
    else if (kind === 2) on.map(map(view));
    else if (kind === 3) on.strip(strip(view));
  } });
}

function frame(view) {
  const flags = view.getUint8(1), f32 = at => view.getFloat32(at, true);
  const floats = (at, n) => Float32Array.from({ length: n }, (_, i) => f32(at + 4 * i));
  return {
    dreaming: !!(flags & DREAMING), decoder: !!(flags & DECODER), alarm: !!(flags & ALARM), jump: !!(flags & JUMP), mixed: !!(flags & MIXED),
    step: view.getUint16(2, true), steps: view.getUint16(4, true), generation: view.getUint16(6, true), serial: view.getUint32(8, true),
    surprise: f32(12), usual: f32(16), threshold: f32(20),
    seen: { x: f32(24), y: f32(28) }, expected: { x: f32(32), y: f32(36) },
    seenLatent: floats(40, 32), expectedLatent: floats(168, 32),
    reality: new Uint8Array(view.buffer, 296, 256), expectation: new Uint8Array(view.buffer, 552, 256),
  };
}

function map(view) {
  const count = view.getUint16(4, true);
  return Array.from({ length: count }, (_, i) => {
    const at = 8 + 6 * i;
    return {
      x: view.getInt16(at, true) / 16384, y: view.getInt16(at + 2, true) / 16384,
      column: view.getUint8(at + 4) / 255, row: view.getUint8(at + 5) / 255,
    };
  });
}

function strip(view) {
  const count = view.getUint8(1), pictures = 12 + 2 * count;
  return {
    error: view.getFloat32(4, true), still: view.getFloat32(8, true),
    pictures: Array.from({ length: count }, (_, i) => ({
      step: view.getUint16(12 + 2 * i, true),
      reality: new Uint8Array(view.buffer, pictures + 256 * i, 256),
      dream: new Uint8Array(view.buffer, pictures + 256 * (count + i), 256),
    })),
  };
}
