"""A fitted model as the files of a bundle, in both forms.

Read ``preprocess`` (the scikit-learn pipeline), ``compile``, ``golden``, ``export`` (which puts them together),
``fingerprint`` (whom the model learned from) and ``full_disk``.
"""
