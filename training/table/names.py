"""The words that a column's name is made of."""

from __future__ import annotations

import re
import unicodedata

_CODE_WORDS = frozenset({"id", "code", "zip", "type", "postcode", "codigo", "codice"})
_CODED_THINGS = """
branch city store shop region product sku country county state province district postal agency warehouse
filiale stadt plz land produkt bundesland
ville produit agence magasin pays departement
ciudad producto tienda sucursal pais provincia estado
citta prodotto negozio regione paese
cidade produto loja agencia regiao
"""
"""What companies number, in the languages of their columns: the number of a branch is a name, no quantity."""
_NUMBER_WORDS = (["no"], ["nr"], ["number"], ["num"])
_COUNTING_WORDS = frozenset(
    {"num", "number", "count", "n", "nb", "total", "sum", "avg", "mean", "anzahl", "nombre", "qtd"}
)


def words(name: str) -> list[str]:
    """Split a name into lower-case words without accents: ``customerID``, ``CustomerId``, ``customer_id`` alike."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", plain)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.casefold()) if word]


def named_like_code(name: str) -> bool:
    """Say whether a name says that its numbers are codes: ``plan_code``, ``CITY``, ``home branch 2``.

    A thing that has numbers counts only as the last word, and not where it is counted: neither ``city_population``
    nor ``num_product`` is a code.
    """
    found = words(name)
    if _CODE_WORDS.intersection(found):
        return True
    bare = [letters for word in found if (letters := word.rstrip("0123456789"))]
    if bare[-1:] in _NUMBER_WORDS:  # a branch number, unlike a number of branches, is a code
        bare.pop()
    return bool(bare) and bare[-1] in _CODED_THINGS.split() and _COUNTING_WORDS.isdisjoint(bare)


def says_count(name: str) -> bool:
    """Say whether a name says that its numbers count or measure: ``NumOfProducts``, ``n_stores``."""
    return not _COUNTING_WORDS.isdisjoint(words(name))
