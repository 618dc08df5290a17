"""Bearer tokens of an identity provider (OpenID Connect): its keys, the judgement of a token, those that are known."""
