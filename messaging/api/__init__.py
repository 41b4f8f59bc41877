"""Talk over HTTP: shape in, one service or query, shape out."""
