"""At-least-once steps as classes of ports: what workflows ask to be done, each safe to repeat."""
