# From here nothing goes back by itself: the restored data is the cluster's.
ledger_load
ledger_beyond committed || ledger_advance committed started
