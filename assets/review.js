/* Going through doubtful rows by keyboard. The next rows are already on the page, so that a key
   shows the next one at once; what the server answers later only brings more of them. */
window.review = (element, watch) => {
  const PAUSE = 250, FORGET = 60000;  // milliseconds
  const decided = new Map();  // row → when it was decided here
  const marked = new Map();  // row → the labels marked there, where a row may have several
  let last = 0;

  const cards = () => [...element.querySelectorAll('[data-card]')];
  const inSight = () => cards().find((card) => !card.hidden);

  function show() {
    for (const [row, at] of decided) if (Date.now() - at > FORGET) decided.delete(row);
    const next = cards().find((card) => !decided.has(card.dataset.card));
    for (const card of cards()) card.hidden = card !== next;
    const coming = element.querySelector('[data-coming]');
    if (coming) coming.hidden = Boolean(next);
    if (next && marked.has(next.dataset.card)) mark(next, marked.get(next.dataset.card));
  }

  /* What waits for the next version grows above the rows: they stay where they are until the reader
     scrolls. */
  let held = null;

  function settle() {
    const { top, bottom } = element.getBoundingClientRect();
    if (top < 0 || bottom > window.innerHeight) element.scrollIntoView();
    held = element.getBoundingClientRect().top;
  }

  const grown = new ResizeObserver(() => {
    if (!element.isConnected) grown.disconnect();
    else if (held !== null && element.offsetParent) window.scrollBy(0, element.getBoundingClientRect().top - held);
  });
  const release = () => { held = null; };

  /* ---- several labels a row: keys mark them, one key takes all that are marked */
  const chips = (card) => [...card.querySelectorAll('[data-mark]')];
  const labelsOf = (card) => chips(card).filter((chip) => chip.ariaPressed === 'true').map((chip) => chip.dataset.mark);

  function mark(card, labels) {
    for (const label of labels) if (!chips(card).some((chip) => chip.dataset.mark === label)) add(card, label);
    for (const chip of chips(card)) {
      const on = labels.includes(chip.dataset.mark);
      chip.ariaPressed = String(on);
      chip.classList.toggle('ts-strong', on);
    }
    card.querySelector('[data-press="a"]').dataset.labels = JSON.stringify(labelsOf(card));
  }

  function add(card, label) {
    const chip = document.createElement('button');
    chip.type = 'button';
    chip.className = 'ts-button';
    chip.dataset.mark = label;
    chip.textContent = label;
    card.querySelector('[data-chips]').append(chip);
  }

  function toggle(card, label) {
    const now = labelsOf(card);
    const labels = now.includes(label) ? now.filter((each) => each !== label) : [...now, label];
    marked.set(card.dataset.card, labels);
    mark(card, labels);
  }

  /* ---- decisions: a second press that comes too soon was meant for the row before. The click is
     sent along before the next row is shown. */
  function decide(event) {
    const button = event.target.closest('[data-act="take"], [data-act="skip"]');
    if (!button) return;
    if (event.detail > 1 || Date.now() - last < PAUSE) {
      event.stopImmediatePropagation();
      return;
    }
    last = Date.now();
    decided.set(button.closest('[data-card]').dataset.card, last);
  }

  function click(event) {
    const chip = event.target.closest('[data-mark]');
    if (chip) toggle(chip.closest('[data-card]'), chip.dataset.mark);
    if (event.target.closest('[data-act="undo"], [data-act="reopen"]')) {
      decided.clear();
      marked.clear();
    } else if (event.target.closest('[data-act="take"], [data-act="skip"]')) {
      show();
      settle();
    }
  }

  function name(event) {
    const box = event.target.closest('[data-other]');
    if (!box || !box.value) return;
    const known = [...box.list.options].some((option) => option.value === box.value);
    box.setCustomValidity(known ? '' : box.dataset.unknown);
    if (!box.reportValidity()) return;
    const card = box.closest('[data-card]'), label = box.value;
    box.value = '';
    box.blur();
    if (card.dataset.several) return toggle(card, label);
    const button = card.querySelector('[data-by-name]');
    button.dataset.labels = JSON.stringify([label]);
    button.click();
  }

  function key(event) {
    if (!element.isConnected) return document.removeEventListener('keydown', key);
    if (!element.offsetParent || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.matches('textarea, select, input:not([type=radio])')) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (event.key === 'Enter' && event.target.closest('button, a, summary')) return;
    const pressed = CSS.escape(event.key === 'Enter' ? 'a' : event.key.toLowerCase());
    const button = (inSight() || element).querySelector(`[data-press="${pressed}"]`)
      || element.querySelector(`[data-always="${pressed}"]`);
    if (!button) return release();
    event.preventDefault();
    if (!event.repeat) button.click();
  }

  element.addEventListener('click', decide, true);
  element.addEventListener('click', click);
  element.addEventListener('change', name);
  document.addEventListener('keydown', key);
  for (const name of ['wheel', 'touchmove']) document.addEventListener(name, release, { passive: true });
  grown.observe(document.body);
  watch('value', show);
};
