/* The page's own script: theme before first paint, address, language cookie, file drop. */
window.tunesmith = (() => {
  const store = {
    get: () => { try { return localStorage.getItem('tunesmith-theme'); } catch { return null; } },
    set: (theme) => { try { localStorage.setItem('tunesmith-theme', theme); } catch { /* private window */ } },
  };
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const wanted = () => store.get() || (system.matches ? 'dark' : 'light');

  function applyTheme() {
    const dark = wanted() === 'dark';
    document.documentElement.classList.toggle('ts-dark', dark);
    if (document.body && document.body.classList.contains('dark') !== dark) {
      document.body.classList.toggle('dark', dark);
    }
  }

  /* The header carries the selection; the address and the title follow it. */
  function follow(header) {
    if (!header) return;
    const query = header.dataset.query;
    const address = window.location.pathname + (query ? '?' + query : '');
    if (address !== window.location.pathname + window.location.search && 'ready' in header.dataset) {
      window.history.replaceState(null, '', address);
    }
    document.documentElement.lang = header.dataset.language === 'zh' ? 'zh-CN' : 'en';
  }

  /* What is wrong with a field stands under it and is read out with it. Folded parts of a form come
     into being when they are opened. */
  let faults = {};
  const unfolded = new MutationObserver(() => requestAnimationFrame(markFields));

  function placeFaults(element) {
    faults = element ? JSON.parse(element.dataset.faults) : {};
    unfolded.disconnect();
    if (Object.keys(faults).length) unfolded.observe(document.body, { childList: true, subtree: true });
    markFields();
  }

  function markFields() {
    for (const old of document.querySelectorAll('.ts-fault')) {
      if (!(old.parentElement.id in faults)) unmark(old.parentElement, old);
    }
    for (const [id, words] of Object.entries(faults)) {
      const field = document.getElementById(id);
      if (field) mark(field, words);
    }
  }

  /* A group of choices is described as a whole, any other field by its one input. */
  const described = (field) => field.tagName === 'FIELDSET' ? field : field.querySelector('input, textarea');

  function mark(field, words) {
    let said = field.querySelector(':scope > .ts-fault');
    if (!said) {
      said = document.createElement('p');
      said.className = 'ts-fault';
      said.id = field.id + '-fault';
      field.append(said);
    }
    if (said.textContent !== words) said.textContent = words;
    const input = described(field);
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', said.id);
  }

  function unmark(field, said) {
    said.remove();
    for (const name of ['aria-invalid', 'aria-describedby']) described(field).removeAttribute(name);
  }

  /* To a field, which may be in a fold that is still closed. */
  function goTo(id, frames = 60) {
    const field = document.getElementById(id);
    const inSight = field && field.offsetParent;
    if (!inSight && frames === 60) document.querySelector('#advanced-settings > button')?.click();
    if (!inSight && frames) return requestAnimationFrame(() => goTo(id, frames - 1));
    if (!inSight) return;
    field.scrollIntoView({ block: 'center' });
    field.querySelector('input, textarea').focus({ preventScroll: true });
  }

  function saveText(name, text) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  function click(event) {
    const link = event.target.closest('[data-language-link]');
    if (link) document.cookie = `language=${link.dataset.languageLink}; path=/; max-age=31536000; SameSite=Strict`;
    if (event.target.closest('[data-theme-switch]')) {
      store.set(wanted() === 'dark' ? 'light' : 'dark');
      applyTheme();
    }
    const way = event.target.closest('[data-goto]');
    if (way) goTo(way.dataset.goto);
    const copy = event.target.closest('[data-copy]');
    if (copy) navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).innerText);
    const save = event.target.closest('[data-save]');
    if (save) saveText(save.dataset.save, document.querySelector(save.dataset.from).value);
  }

  /* A file dropped on the data tab goes the way of the upload button. */
  function drop(event) {
    if (!event.dataTransfer || !event.dataTransfer.files.length) return;
    const input = document.querySelector('input[type=file]:has(+ #upload-file)');
    event.preventDefault();
    if (event.type !== 'drop' || !input) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /* When the page is left Gradio aborts its streams and logs each as an error. `navigate` comes
     before that; a listener of `beforeunload` would often come after it. */
  const logged = console.error;
  function quietly(event) {
    if (event.destination.sameDocument || event.downloadRequest !== null) return;
    console.error = () => {};
    setTimeout(() => { console.error = logged; }, 3000);
  }

  function start() {
    applyTheme();
    system.addEventListener('change', applyTheme);
    new MutationObserver(applyTheme).observe(document.body, { attributes: true, attributeFilter: ['class'] });
    document.addEventListener('click', click);
    document.addEventListener('dragover', (event) => { if (event.dataTransfer) event.preventDefault(); });
    document.addEventListener('drop', drop);
    if (window.navigation) window.navigation.addEventListener('navigate', quietly);
  }

  applyTheme();
  if (document.body) start(); else document.addEventListener('DOMContentLoaded', start);
  return { follow, placeFaults };
})();
