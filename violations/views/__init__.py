"""Pages of the conduct ledger, one module an idea: records, appeals, rectification."""
