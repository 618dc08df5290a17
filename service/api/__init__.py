"""What HTTP is: the request model, the endpoints, the errors, the documentation."""
