"""The ledger's and the rulebook's services, one module an idea."""
