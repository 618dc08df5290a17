"""``churn-export``: a bundle in the form of another platform, which then answers as the service does.

``mlflow_model`` puts the folder together from ``signature`` (what MLflow checks), ``environment`` (what has to be
installed), ``own_code`` (the package ``churn`` itself) and ``yaml_text`` (how it is written). ``pyfunc`` is the
other end: what MLflow loads and asks, with the settings of ``config``. Writing needs neither MLflow nor PyYAML.
"""
