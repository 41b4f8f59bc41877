"""Files that people send: what they are, what may come in, and where they lie.

Nothing here believes a name or a declared type: a file is what its bytes say. Pictures are never
kept as they came but written anew from their pixels, so what was hidden in them (places, names,
another file behind the picture's end) is gone. Everything else is kept byte for byte and only
ever handed out as the type that was recognised.
"""
