"""Looking at the customers before anything is learned: what makes training meaningless, and what is worth saying.

Read ``dataset``, ``inspect`` and the checks that it makes (``rows``, ``label``, ``single_columns``,
``column_pairs``); then what is looked at once the parts are known: ``across``, ``near_duplicates`` and ``nearness``.
"""
