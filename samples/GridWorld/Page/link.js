// Turns bytes into plain objects. The protocol is described in Live/Wire.cs.

import { connect as open } from "./socket.js";

const GOING = 1, ARRIVED = 2, BLOCKED = 4;

export function connect(on) {
  return open({ ...on, binary(view) {
    if (view.getUint8(0) === 1) on.frame(frame(view));
    else on.map(map(view));
  } });
}

function frame(view) {
  const flags = view.getUint8(3), f32 = at => view.getFloat32(at, true);
  return {
    agent: view.getUint8(1), goal: view.getUint8(2), going: !!(flags & GOING), arrived: !!(flags & ARRIVED), blocked: !!(flags & BLOCKED),
    last: view.getUint8(6), chosen: view.getUint8(7), serial: view.getUint32(8, true), moves: view.getUint16(12, true), shortest: view.getUint16(14, true),
    futures: Array.from({ length: 4 }, (_, i) => ({ column: f32(16 + 12 * i), row: f32(20 + 12 * i), distance: f32(24 + 12 * i) })),
    picture: new Uint8Array(view.buffer, 64, 128 * 128),
  };
}

function map(view) {
  return Array.from({ length: view.getUint8(1) }, (_, i) => ({ x: view.getFloat32(4 + 8 * i, true), y: view.getFloat32(8 + 8 * i, true) }));
}
