/* The box of the playground: an answer that follows what is typed, its keys, and what was typed
   before. That list stays in this browser: texts may be nobody else's business. */
window.playground = (() => {
  const NAME = 'tunesmith-typed', MOST = 50, PAUSE = 150;
  const field = (name) => document.querySelector(`#try-${name} textarea`);
  const press = (name) => document.querySelector(`#try-${name}`)?.click();
  const inSight = () => Boolean(field('text')?.offsetParent);

  /* ---- what was typed before, the newest first */
  const stored = () => {
    try { return JSON.parse(localStorage.getItem(NAME)) || []; } catch { return []; }
  };

  function keep(list) {
    try { localStorage.setItem(NAME, JSON.stringify(list)); } catch { /* private window */ }
    draw();
  }

  const now = () => ({ text: field('text')?.value || '', question: field('question')?.value || '' });
  const same = (one, other) => one.text === other.text && one.question === other.question;

  function remember() {
    const typed = now();
    if (typed.text.trim()) keep([typed, ...stored().filter((each) => !same(each, typed))].slice(0, MOST));
  }

  function draw() {
    const section = document.querySelector('#try-typed');
    if (!section) return;
    const list = stored();
    section.hidden = !list.length;
    section.querySelector('[data-typed]').replaceChildren(...list.map((typed, index) => {
      const item = document.createElement('button');
      item.type = 'button';
      item.className = 'ts-example';
      item.dataset.again = index;
      const line = document.createElement('span');
      line.className = 'ts-clip';
      line.textContent = [typed.question, typed.text].filter(Boolean).join(' — ');
      item.append(line);
      return item;
    }));
  }

  function write(name, value) {
    const into = field(name);
    if (!into) return;
    into.value = value;
    into.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function fill(typed) {
    write('question', typed.question);
    write('text', typed.text);
    field('text').setSelectionRange(0, 0);
  }

  /* ---- arrows: up to older texts, down again to the one that was being written */
  let place = -1, draft = null, leafing = false;

  function leaf(step) {
    const list = stored();
    if (place < 0) draft = now();
    const skip = step > 0 && place < 0 && list.length && same(list[0], draft) ? 1 : 0;
    const next = place + step + skip;
    if (next < -1 || next >= list.length) return;
    place = next;
    leafing = true;
    fill(place < 0 ? draft : list[place]);
    leafing = false;
  }

  /* ---- the answer follows */
  let timer = 0;

  function typing(event) {
    if (!event.target.closest?.('#try-text, #try-question') || event.isComposing) return;
    if (!leafing) place = -1;
    clearTimeout(timer);
    timer = setTimeout(() => press('live'), PAUSE);
  }

  function showKeys() {
    const list = document.querySelector('#try-keys');
    if (!list.open) list.showModal();
  }

  function key(event) {
    if (!inSight()) return;
    const command = event.ctrlKey || event.metaKey;
    const box = event.target.closest?.('#try-text, #try-question');
    const writes = event.target.matches?.('input, textarea, select');
    const atStart = box && event.target.selectionStart === 0 && event.target.selectionEnd === 0;
    if (command && event.key === 'Enter' && (box || event.shiftKey)) {
      clearTimeout(timer);
      if (!event.shiftKey) remember();
      press(event.shiftKey ? 'why' : 'run');
    } else if (event.key === '?' && !writes || command && event.key === '/') {
      showKeys();
    } else if (atStart && box.id === 'try-text' && event.key === 'ArrowUp') {
      leaf(1);
    } else if (atStart && box.id === 'try-text' && event.key === 'ArrowDown' && place >= 0) {
      leaf(-1);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /* Gradio takes Shift+Enter for “submit”; here it is a new line, as Enter is. */
  function newLine(event) {
    if (event.key === 'Enter' && event.shiftKey && event.target.closest('#try-text')) event.stopPropagation();
  }

  function click(event) {
    const again = event.target.closest('[data-again]');
    if (again) fill(stored()[again.dataset.again]);
    if (event.target.closest('[data-clear]')) keep([]);
    if (event.target.closest('#try-run')) remember();
    if (event.target.closest('[data-dialog]')) showKeys();
  }

  function leave(event) {
    if (event.target.closest?.('#try-text, #try-question')) remember();
  }

  document.addEventListener('input', typing);
  document.addEventListener('compositionend', typing);
  document.addEventListener('keydown', key, true);
  document.addEventListener('keypress', newLine, true);
  document.addEventListener('click', click);
  document.addEventListener('focusout', leave);
  return { draw };
})();
