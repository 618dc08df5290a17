"""A fitted model as the files of a bundle, in both forms.

Read ``preprocess`` (the scikit-learn pipeline), ``compile``, ``golden``, ``export`` (which puts them together) and
``fingerprint`` (whom the model learned from).
"""
