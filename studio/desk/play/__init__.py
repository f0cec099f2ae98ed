"""The Play page without Qt: what is drawn, one press of Go, and what is seen of the families that learn it."""
