"""Learns from a table of customers and writes a bundle; never imported by the service."""

import os

# Both are read when TensorFlow or Keras is first imported, and neither overrides what a user has set.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
