// The database in memory is a module of its own, so that whoever wants no other needs no library of another's.
@_exported public import ANBMemoryDatabase
