"""The model card, ``report.html``. Read ``report``, ``plots``, and the page in ``templates/``."""
