"""The forms in which customers come and answers go: for each, bytes to a batch, and answers to bytes."""
