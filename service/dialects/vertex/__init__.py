"""Vertex AI's protocol of custom containers, on the two paths that the platform chooses.

https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements. Without such paths it has none.
"""
