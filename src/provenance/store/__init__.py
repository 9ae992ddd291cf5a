"""The databases: the only package that speaks SQL."""
