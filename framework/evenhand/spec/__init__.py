"""The declarative spec: a tree of frozen classes, read from TOML or a mapping. Import from the modules."""
