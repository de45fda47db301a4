"""Work that outlives its call: batches processed when due, changes of cards made known."""
