"""What enters and what leaves: the contract as types. JSON Schemas come from here."""
