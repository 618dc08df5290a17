"""TensorFlow Serving's REST interface, and KServe's first one, which is the same but for readiness and reasons.

https://www.tensorflow.org/tfx/serving/api_rest and https://kserve.github.io/website (V1 protocol). Customers come as
``instances`` (an object each) or as ``inputs`` (a list for each field), and answers go back in the same form.
"""
