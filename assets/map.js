/* The map of a data set: points on a canvas, the text under the pointer, and a lasso. What a point
   says is asked of the app; the points themselves come packed in the page. */
window.textMap = (element, trigger) => {
  const REACH = 12, CELLS = 64, PAUSE = 70, CORNERS = 200, LEFT_OUT = 255;
  let box, canvas, count = 0, xs, ys, codes, colours, cells, hovered = -1, asked = 0, lasso = null, drawing = false;

  function unpack() {
    box = element.querySelector('.ts-map');
    if (!box) return;
    canvas = box.querySelector('canvas');
    const bytes = Uint8Array.from(atob(box.dataset.points), (char) => char.charCodeAt(0));
    count = bytes.length / 5;
    const numbers = new Uint16Array(bytes.buffer.slice(0, 4 * count));
    xs = numbers.subarray(0, count);
    ys = numbers.subarray(count);
    codes = bytes.subarray(4 * count);
    colours = box.dataset.colours.split(';');
    hovered = -1;
    lasso = null;
    sort();
    listen();
    draw();
    new ResizeObserver(draw).observe(box);
  }

  /* ---- which points are near the pointer */
  const cell = (value) => Math.min(CELLS - 1, Math.floor(value * CELLS / 65536));

  function sort() {
    cells = Array.from({ length: CELLS * CELLS }, () => []);
    for (let i = 0; i < count; i += 1) cells[cell(ys[i]) * CELLS + cell(xs[i])].push(i);
  }

  function nearest(x, y, width, height) {
    let best = -1, least = REACH * REACH;
    const column = cell(x * 65536), row = cell(y * 65536);
    const wide = Math.ceil(REACH * CELLS / width), high = Math.ceil(REACH * CELLS / height);
    for (let r = Math.max(0, row - high); r <= Math.min(CELLS - 1, row + high); r += 1) {
      for (let c = Math.max(0, column - wide); c <= Math.min(CELLS - 1, column + wide); c += 1) {
        for (const i of cells[r * CELLS + c]) {
          const dx = (xs[i] / 65535 - x) * width, dy = (ys[i] / 65535 - y) * height;
          if (codes[i] !== LEFT_OUT && dx * dx + dy * dy < least) {
            least = dx * dx + dy * dy;
            best = i;
          }
        }
      }
    }
    return best;
  }

  /* ---- drawing: what is left out first, so that it never hides the others */
  const EDGE = 10;
  const across = (i, width) => EDGE + xs[i] / 65535 * (width - 2 * EDGE);
  const down = (i, height) => EDGE + ys[i] / 65535 * (height - 2 * EDGE);

  function dot(pen, x, y, size) {
    if (size < 5) { pen.fillRect(x - size / 2, y - size / 2, size, size); return; }
    pen.beginPath();
    pen.arc(x, y, size / 2, 0, 2 * Math.PI);
    pen.fill();
  }

  function draw() {
    const { clientWidth: width, clientHeight: height } = box;
    if (!width) return;
    const scale = window.devicePixelRatio || 1, pen = canvas.getContext('2d');
    canvas.width = width * scale;
    canvas.height = height * scale;
    pen.scale(scale, scale);
    const size = count > 20000 ? 2 : count > 3000 ? 3 : 7;
    for (const first of [true, false]) {
      for (let i = 0; i < count; i += 1) {
        const grey = codes[i] === LEFT_OUT;
        if (grey !== first) continue;
        pen.globalAlpha = grey ? 0.25 : 0.8;
        pen.fillStyle = grey ? '#878d97' : colours[codes[i]];
        dot(pen, across(i, width), down(i, height), size);
      }
    }
    pen.globalAlpha = 1;
    const ink = getComputedStyle(box).color;
    if (hovered >= 0) {
      pen.strokeStyle = ink;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(across(hovered, width), down(hovered, height), 7, 0, 2 * Math.PI);
      pen.stroke();
    }
    if (!lasso) return;
    pen.strokeStyle = ink;
    pen.lineWidth = 1.5;
    pen.setLineDash([5, 4]);
    pen.beginPath();
    for (const [x, y] of lasso) pen.lineTo(EDGE + x * (width - 2 * EDGE), EDGE + y * (height - 2 * EDGE));
    pen.closePath();
    pen.stroke();
  }

  /* ---- the pointer */
  function at(event) {
    const area = box.getBoundingClientRect();
    const share = (value, from, size) => (value - from - EDGE) / (size - 2 * EDGE);
    return [share(event.clientX, area.left, area.width), share(event.clientY, area.top, area.height)];
  }

  function look(event) {
    const [x, y] = at(event);
    const found = nearest(x, y, box.clientWidth - 2 * EDGE, box.clientHeight - 2 * EDGE);
    if (found === hovered) return;
    hovered = found;
    draw();
    clearTimeout(asked);
    if (found >= 0) asked = setTimeout(() => trigger('click', { act: 'hover', point: String(found) }), PAUSE);
  }

  function move(event) {
    if (!drawing) { look(event); return; }
    lasso.push(at(event));
    draw();
  }

  function up() {
    if (!drawing) return;
    drawing = false;
    if (lasso.length < 6) lasso = null;
    draw();
    if (!lasso) return;
    const step = Math.ceil(lasso.length / CORNERS);
    const corners = lasso.filter((_, place) => place % step === 0);
    trigger('click', { act: 'lasso', corners: corners.map((each) => each.map((v) => v.toFixed(4)).join(',')).join(' ') });
  }

  function listen() {
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      drawing = true;
      lasso = [at(event)];
    });
    canvas.addEventListener('pointermove', move);
    canvas.addEventListener('pointerup', up);
    canvas.addEventListener('pointercancel', () => { drawing = false; lasso = null; draw(); });
  }

  unpack();
  return unpack;
};
