# From here nothing goes back by itself: the member is the cluster's.
ledger_load
ledger_beyond committed || ledger_advance committed started
