-- A regular table. Cells are texts; what is odd ends the query, and the file is read line by line.
SELECT *, $label AS _source, row_number() OVER () + 1 AS _row
FROM read_csv(
    $path,
    columns = $columns,
    delim = $delimiter,
    header = true,
    auto_detect = false,
    quote = '"',
    escape = '"',
    nullstr = '',
    allow_quoted_nulls = true,
    strict_mode = true,
    null_padding = false,
    hive_partitioning = false,
    compression = 'none'
)
