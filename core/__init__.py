"""The kernel: a small closed set of modules that every app may import."""
