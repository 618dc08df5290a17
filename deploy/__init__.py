"""What goes with the service to where it runs: not part of what is installed."""
