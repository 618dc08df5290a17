"""Fields that may be known only after a customer left, though they do not give the label away outright.

Two signs, each of which leaves the judgement to who knows the table: a name that says that the field is a result, and
a field that alone ranks the customers nearly as well as the whole model does.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from itertools import islice

from churn.columns import Columns
from training.findings import Finding
from training.look.single_columns import auc_alone
from training.measure.labels import Labels
from training.table.names import words

CLEARLY_AUC = 0.55
"""A field named after leaving is passed over where it alone ranks hardly better than chance: it cannot flatter."""
WELL_AUC = 0.75
"""From here on a field alone ranks well: age and tenure, honest and strong, stay just below on public tables."""
NEARLY_ALL = 0.95
MOST_NAMED = 7

# English, German, French, Spanish, Italian, Portuguese; without accents.
_LEAVING_ANYWHERE = ("churn", "attrition", "abwander", "kundig", "kuendig")
_LEAVING_BEGINS = (
    *("cancel", "terminat", "exit", "austritt", "resilia", "resilie", "desabonn", "rescis", "desercion"),
    *("disdett", "disdic", "cessazion", "recesso", "evasao", "desligamento"),
)
_RESULT_BEGINS = (
    *("score", "scoring", "probabil", "likelihood", "propens", "predict", "risk", "reason", "status", "segment"),
    *("outcome", "result", "closed", "closure", "inactiv", "unsubscri", "abandon", "annul"),
    *("wahrscheinlich", "risiko", "vorhersage", "prognos", "ergebnis", "storn"),
    *("risque", "raison", "motif", "statut", "predit", "cloture"),
    *("riesgo", "razon", "motivo", "puntuacion", "puntaje", "pronostic", "prediccion"),
    *("rischio", "punteggio", "previsione", "abbandon", "chiusura"),
    *("risco", "razao", "pontuacao", "previsao", "situacao", "encerra"),
)
_RESULT_WORDS = (
    *("left", "leave", "leaving", "quit", "lost", "gone", "prob", "proba"),
    *("grund", "abgang", "depart", "baja", "estado", "salida", "fuga", "stato", "uscita", "esito", "saida", "saiu"),
)
_SAYS_LITTLE = (
    *("is", "has", "was", "did", "the", "a", "of", "in", "flag", "customer", "client", "kunde", "cliente", "account"),
    *("user", "member", "value", "label", "target", "y", "yes", "no", "next", "last", "month", "within", "days"),
)
"""Words of a label's name that other fields may well have."""


def named_like_results(
    columns: Columns, labels: Labels, label_name: str, keep: Collection[str] = ()
) -> Mapping[str, float]:
    """Return the fields whose names say that they are a result, each with its ROC AUC alone, the highest first.

    A word for leaving (churn, cancellation) is enough where the field says anything about the label. Words that honest
    fields have as well (score, status, segment), and words of the label's own name, count where the field alone ranks
    well. n customers, labels (n,); fields in ``keep`` are passed over.
    """
    own = {word for word in words(label_name) if not word.isdigit()}.difference(_SAYS_LITTLE)
    least = {field.name: _least_auc(field.name, own) for field in columns.schema.fields if field.name not in keep}
    named = [name for name, auc in least.items() if auc is not None]
    return _highest_first({n: auc for n, auc in auc_alone(columns, labels, named).items() if auc >= (least[n] or 1.0)})


def _least_auc(name: str, own: Collection[str]) -> float | None:
    """Return the ROC AUC alone from which a field of this name is suspicious; None where the name says nothing."""
    found = words(name)
    if any(word.startswith(_LEAVING_BEGINS) or any(part in word for part in _LEAVING_ANYWHERE) for word in found):
        return CLEARLY_AUC
    if any(word.startswith(_RESULT_BEGINS) or word in _RESULT_WORDS or word in own for word in found):
        return WELL_AUC
    return None


def rank_like_model(
    columns: Columns, labels: Labels, model_auc: float, keep: Collection[str] = ()
) -> Mapping[str, float]:
    """Return the fields that alone rank m test customers nearly as well as the model, each with its ROC AUC alone.

    That is, with 95 % of what the model's ROC AUC has beyond 0.5, and well at all. Where there is one field
    only, it is the model. Labels (m,); fields in ``keep`` are passed over.
    """
    if len(columns.schema.fields) < 2:
        return {}
    least = max(0.5 + NEARLY_ALL * (model_auc - 0.5), WELL_AUC)
    names = [field.name for field in columns.schema.fields if field.name not in keep]
    return _highest_first({name: auc for name, auc in auc_alone(columns, labels, names).items() if auc >= least})


def about_names(suspects: Mapping[str, float]) -> list[Finding]:
    """Say which fields are named like a result: one warning, which the report tells first, or none."""
    if not suspects:
        return []
    one = len(suspects) == 1
    sentence = (
        f"{_listed(suspects)} {'is' if one else 'are'} named like {'a result' if one else 'results'} of leaving. "
        f"{_advice(suspects)}"
    )
    return [Finding("warning", None, sentence, in_short=True)]


def about_ranks(suspects: Mapping[str, float], model_auc: float) -> list[Finding]:
    """Say which fields alone rank nearly as well as the model: one warning, which the report tells first, or none."""
    if not suspects:
        return []
    verb = "ranks" if len(suspects) == 1 else "each rank"
    sentence = (
        f"{_listed(suspects)} alone {verb} the test customers nearly as well as the whole model, whose ROC AUC is "
        f"{model_auc:.3f}. {_advice(suspects)}"
    )
    return [Finding("warning", None, sentence, in_short=True)]


def _highest_first(found: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _listed(suspects: Mapping[str, float]) -> str:
    """Name at most seven fields, each with its ROC AUC alone."""
    named = [f"{name} (ROC AUC alone {auc:.3f})" for name, auc in islice(suspects.items(), MOST_NAMED)]
    more = len(suspects) - len(named)
    if more:
        named.append(f"{more} more field{'' if more == 1 else 's'}")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _advice(suspects: Mapping[str, float]) -> str:
    """Say what to do about suspicious fields."""
    one = len(suspects) == 1
    options = " ".join(f"--drop {shlex.quote(name)}" for name in islice(suspects, MOST_NAMED))
    return (
        f"If {'it is' if one else 'they are'} known only after, or made from, a customer's leaving, the figures are "
        f"too good and the model is of no use: drop {'it' if one else 'them'} with {options}. "
        "If not, --keep instead of --drop ends this warning."
    )
