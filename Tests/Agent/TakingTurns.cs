// Slots, tables and routes are the whole machine's: tests that make them take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
