"""Why a customer is at risk: what each field contributes to the log-odds, as Shapley values against a stated sample.

Read ``attribution`` (the method), ``background`` (what it compares with, a file of the bundle), ``effects`` (one field
on its own), ``words`` (a contribution as a sentence) and ``reasoner``, which puts them together.
"""

from churn.reasons.attribution import Attributions, Explainer
from churn.reasons.background import BACKGROUND, NO_REASONS, Background
from churn.reasons.reasoner import Reasoner
from churn.reasons.words import ReasonWriter

__all__ = ["BACKGROUND", "NO_REASONS", "Attributions", "Background", "Explainer", "ReasonWriter", "Reasoner"]
