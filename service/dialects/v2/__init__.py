"""Open Inference Protocol v2 over REST, as KServe, Triton and MLServer speak it, with Triton's binary data extension.

https://github.com/kserve/open-inference-protocol. One input a field; one output each for probability, churn and risk.
"""
