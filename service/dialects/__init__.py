"""The protocols of other model servers, over the one way of scoring that /predict has.

A dialect is a ``Call`` for each path that is posted to: a body is read into columns or records, answers are written, a
refusal is put into the dialect's own form. ``endpoint`` does all else for every one of them: authentication, limits,
micro-batching, threads, counts and the log are those of /predict.
"""
