"""Learns from a table of customers and writes a bundle; never imported by the service."""

import os

# All are read when TensorFlow or Keras is first imported, and none overrides what a user has set.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # one order of computation, so the same figures again; as fast here
