"""Files become data sets."""
