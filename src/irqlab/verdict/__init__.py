"""Settling arguments: claims as questions to explorations."""
