"""A bank that does not exist: accounts, instant payments, batches, statements and faults.

The simulator stands where a partner bank would stand. It is a separate process with its own
store, it speaks HTTP, and it imports nothing of the project, so what it says about money is
evidence and not an echo. Read in this order:

* `server` starts the process, `app` routes a call, `doors_*` hold the endpoints;
* `store` owns the database: one writer, and nothing is answered before it is on disk;
* `banks`, `accounts`, `movements` are what a bank is; `instructions` the instant payments;
* `pain001`, `batches` take payment files in, `statements`, `camt053` write the day's book;
* `faults` makes it misbehave, repeatably; `oracle` tells tests what truly happened.

`docs/simulator.md` is the page for those who call it.
"""
