"""Descriptions that CRMs import: OpenAPI 3.0 and Swagger 2.0, in which every value has one type.

The importers of Salesforce and of Power Platform take neither unions nor objects without named members, which the
3.1 document has. What these documents say is made from the same types; what cannot be said so is left out.
"""
