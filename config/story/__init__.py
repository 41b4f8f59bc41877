"""The main job told from outside: every step is a call that anyone could make."""
