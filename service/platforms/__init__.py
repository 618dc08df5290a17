"""What platforms that run containers tell them, turned into what ``churn-serve`` understands."""
