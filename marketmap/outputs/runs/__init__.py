"""One run of a verb, the whole way: a folder of tables in, one output folder out."""
