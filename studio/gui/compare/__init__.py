"""The Compare page: trained models beside one another."""
