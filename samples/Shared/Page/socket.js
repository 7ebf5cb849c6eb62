// The socket: connects, and connects again. Text messages go to on[type], bytes to on.binary, losses to on.closed(seconds to the next try).

const firstWait = 500, longestWait = 8000;

export function connect(on) {
  let socket, wait = firstWait, timer, due = 0, ticking;

  function open() {
    clearTimeout(timer);
    clearInterval(ticking);
    socket = new WebSocket(`ws://${location.host}/live`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { wait = firstWait; on.open(); };
    socket.onmessage = ({ data }) => typeof data === "string" ? text(JSON.parse(data)) : on.binary(new DataView(data));
    socket.onclose = () => {
      due = performance.now() + wait;
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, longestWait);
      const tell = () => on.closed(Math.max(0, Math.ceil((due - performance.now()) / 1000)));
      tell();
      ticking = setInterval(tell, 250);
    };
  }

  function text({ type, ...content }) { on[type]?.(content); }

  open();
  return {
    send(message) { if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); },
    drawn(serial) { if (socket.readyState === WebSocket.OPEN) socket.send(new Uint32Array([serial])); },
    retry() { if (socket.readyState === WebSocket.CLOSED) open(); },
  };
}
