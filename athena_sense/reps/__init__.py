"""Rep detectors: turn-arounds of a movement, and the phases between them."""
