"""The service: opens a bundle and answers ``POST /predict``. Knows ``churn``, never ``training``."""
