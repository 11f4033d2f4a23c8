"""Changing the language, in a real browser, as often and as early as one likes."""

import re

import pytest
from playwright.sync_api import expect

from engine.data.importing import Sources, import_dataset, inspect
from engine.data.samples import SAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_language_changes_without_a_word_in_the_console(visitor, app):
    """Whether streams are open just then is a matter of chance: several tries."""
    sources = Sources(next(each.file for each in SAMPLES if each.id == "news_headlines_zh"))
    import_dataset(app.workspace, sources, inspect(sources).plan)
    visitor.open("/en/?tab=train")
    page = visitor.page
    for wait in (0, 50, 300, 800, 0, 50):
        page.wait_for_timeout(wait)
        other = "zh" if "/en/" in page.url else "en"
        page.locator(f"[data-language-link={other}]").click()
        page.wait_for_selector(f".ts-header[data-ready][data-language={other}]", timeout=30_000)
    expect(page.locator(".ts-model-line")).to_contain_text("23 million", timeout=20_000)


def test_what_is_announced_is_in_words(visitor):
    visitor.open("/en/")
    page = visitor.page
    page.evaluate(
        """() => {
          window.heard = '';
          new MutationObserver((changes) => {
            for (const { target } of changes) window.heard += ` ${target.textContent}`;
          }).observe(document.body, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.get_by_role("button", name="Use this sample").first.click()
    expect(page.locator("#save-dataset")).to_be_visible(timeout=30_000)
    page.wait_for_function("window.heard.includes('Done')", timeout=20_000)
    assert not re.findall(r"\b(?:common|status|blocks|errors)\.\w+", page.evaluate("window.heard"))
