"""MLflow's scoring protocol, which Databricks and Azure ML speak too, and SageMaker's, which has the same path.

https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally and
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html. Customers come as JSON, CSV or JSON
Lines, and never become a data frame.
"""
