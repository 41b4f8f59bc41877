"""A bank that does not exist: accounts, instant payments, cards, files, statements and faults.

The simulator stands where a partner bank would stand. It is a separate process with its own
store, it speaks HTTP, and it imports nothing of the project, so what it says about money is
evidence and not an echo. Read in this order:

* `server` starts the process, `app` routes a call, `doors_*` hold the endpoints;
* `store` owns the database: one writer, and nothing is answered before it is on disk;
* `banks`, `accounts`, `movements` are what a bank is; `instructions` the instant payments,
  `authorisations` the cards, `follow_ups` what comes after either;
* `pain001`, `batches` take payment files in; `statements`, `notifications`, `reports` say what the
  papers tell, `camt053`, `camt054` write them, `papers` makes them page by page;
* `faults` makes it misbehave, repeatably; `replies`, `wire`, `spoiling`, `callbacks` are where;
* `folder` exchanges files by rename; `oracle` tells tests what truly happened.

`docs/simulator.md` is the page for those who call it.
"""
