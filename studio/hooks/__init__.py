"""The plugin hooks: their specification, the loader and the catalogue."""
