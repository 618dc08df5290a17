"""``make bench``: what is measured of the service, how it is judged and how it is told."""
