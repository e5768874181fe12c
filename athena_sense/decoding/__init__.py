"""Bytes → samples, without I/O: decoding by firmware profile, and its inverse."""
