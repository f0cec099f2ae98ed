"""Files become data sets: importing in a process of its own, reading the result back, and pictures of it."""
