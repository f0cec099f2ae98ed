"""What the window shows and can do, without Qt."""
