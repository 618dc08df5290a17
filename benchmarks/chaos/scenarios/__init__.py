"""What is done to the service: one file a scenario, one function in it that returns what was found."""
