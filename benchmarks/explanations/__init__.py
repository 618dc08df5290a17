"""Reasons: how exact they are beside a long reference run, and how fast beside exact attributions of boosted trees."""
