"""Texts that cannot teach much are found, and good ones are left alone."""

import random

import pytest

from engine.quality.finders import texts
from tests.quality.made import clauses, material, tickets

FRENCH = (
    "Bonjour, je n'ai toujours pas reçu {a}. Pouvez-vous me dire où se trouve le colis ?",
    "Je voudrais être remboursé pour {a}, car il ne fonctionne plus depuis hier.",
    "Comment puis-je modifier mon mot de passe pour {a} ?",
    "La facture de {a} est fausse, merci de la corriger rapidement.",
    "{a} est arrivé cassé, que dois-je faire maintenant ?",
)
SPANISH = (
    "Hola, todavía no he recibido {a}. ¿Dónde está mi pedido?",
    "Quiero que me devuelvan el dinero de {a} porque ya no funciona.",
    "¿Cómo puedo cambiar la contraseña de {a}?",
    "La factura de {a} está equivocada, corríjanla por favor.",
    "Mi tarjeta no funciona con {a}.",
)
THINGS = {
    "fr": ("la lampe", "ma commande", "le casque", "la montre", "mon abonnement"),
    "es": ("la lámpara", "mi pedido", "los auriculares", "el reloj", "mi suscripción"),
}


def about(material):
    return {finding.facts["about"]: finding for finding in texts.find(material)}


def found_places(finding):
    return {row - 100 for row in finding.rows}


@pytest.fixture(scope="module")
def english():
    return [*tickets()["text"], *clauses()["text"]]


def test_good_texts_give_no_card(english):
    assert texts.find(material(english)) == []


@pytest.mark.parametrize("languages", [("fr",), ("es",), ("fr", "es")])
def test_fifty_texts_in_another_language_are_found_and_hardly_any_other(english, languages):
    templates = {"fr": FRENCH, "es": SPANISH}
    planted = [
        template.format(a=thing)
        for code in languages
        for template in templates[code]
        for thing in THINGS[code]
    ]
    planted = (planted * 2)[:50]
    mixed = [*english, *planted]
    order = random.Random(0).sample(range(len(mixed)), len(mixed))
    foreign = {new for new, old in enumerate(order) if old >= len(english)}
    finding = about(material([mixed[place] for place in order]))["foreign"]
    right = len(foreign & found_places(finding))
    assert right == 50
    assert len(finding.rows) <= 52
    assert finding.facts["main"] == "en"
    assert finding.fixes[0].kind == "drop"
    assert finding.fixes[0].asks["rows"] == list(finding.rows)
    assert ("French (" in finding.what.text()) == ("fr" in languages)


def test_data_in_two_languages_are_no_problem(english):
    french = [template.format(a=thing) for template in FRENCH for thing in THINGS["fr"]] * 20
    assert texts.find(material([*english[:500], *french])) == []


def test_names_numbers_and_short_texts_are_not_called_foreign(english):
    names = ["Jean-Baptiste Lefèvre", "Zürich", "Señor García", "DHL Köln Express"]
    odd = ["ID 4432-AB", "ok merci", "+33 1 44 55", "https://example.fr/les/conditions/generales"]
    assert "foreign" not in about(material([*english, *names, *odd]))


def test_another_script_is_another_language(english):
    planted = [
        "Здравствуйте, мой заказ до сих пор не пришёл",
        "我的订单还没有到，请帮我查一下物流信息",
    ]
    finding = about(material([*english, *planted]))["foreign"]
    assert found_places(finding) == {len(english), len(english) + 1}
    assert finding.facts["languages"] == {"ru": 1, "zh": 1}
    assert "俄语（1）、中文（1）" in finding.what.text("zh")


def test_texts_with_nothing_to_read_are_found(english):
    planted = ["...", "N/A", "-", "null", "？！"]
    kept = [":-)", "😀", "42", "ok"]
    finding = about(material([*english, *planted, *kept]))["empty"]
    assert found_places(finding) == set(range(len(english), len(english) + len(planted)))
    assert finding.what.text().startswith("5 texts have nothing to read")


def test_very_short_texts_are_found_where_the_others_are_long(english):
    finding = about(material([*english, "ok", "no.", "yes please do"]))["short"]
    assert found_places(finding) == {len(english), len(english) + 1}


def test_short_texts_among_short_ones_are_as_they_should_be():
    assert texts.find(material(["yes", "no", "ok", "maybe so", "never"] * 40)) == []


def test_texts_cut_at_the_limit_of_a_field_are_found(english):
    limit = 120
    cut = [text[:limit].strip() for text in english]
    finding = about(material(cut))["cut"]
    assert finding.facts["length"] == limit
    lost = {place for place, text in enumerate(english) if len(text) > limit + 5}
    assert len(found_places(finding) & lost) > 0.9 * len(lost)
    assert "same length (120)" in finding.what.text()


def test_texts_cut_with_dots_are_found(english):
    cut = [text if len(text) <= 140 else text[:140].rsplit(" ", 1)[0] + "…" for text in english]
    finding = about(material(cut))["dots"]
    assert found_places(finding) <= {i for i, text in enumerate(cut) if text.endswith("…")}
    assert len(finding.rows) > 50


def test_dots_as_a_style_are_not_cut_off(english):
    assert "dots" not in about(material([text + "..." for text in english[::7]] + english))
