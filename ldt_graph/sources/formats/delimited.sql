-- A regular table. Cells are texts; what is odd ends the query, and the file is read record by record.
SELECT {cells}, $label AS _source, row_number() OVER () + $skip AS _row
FROM read_csv(
    $path,
    columns = $columns,
    delim = $delimiter,
    skip = $skip,
    header = false,
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
