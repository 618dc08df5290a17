"""From a file to customers: columns by a schema, labels, and the parts that they are split into.

Read ``read``, then what it stands on: ``infer`` (what each column is), ``schema_file``, ``inherit`` and ``unreadable``;
then ``seen`` (what a model may know of the values), ``alike`` and ``split``.
"""
