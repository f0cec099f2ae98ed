"""What the judge looks at in rows of a table."""
