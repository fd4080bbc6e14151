-- route_type: GTFS Schedule reference, routes.txt; 900-906 and 700-716 are the extended types.
SELECT
    * EXCLUDE (_source, _row),
    CASE
        WHEN TRY_CAST({route_type} AS INTEGER) = 0 OR TRY_CAST({route_type} AS INTEGER) BETWEEN 900 AND 906 THEN 'TramLine'
        WHEN TRY_CAST({route_type} AS INTEGER) IN (3, 11) OR TRY_CAST({route_type} AS INTEGER) BETWEEN 700 AND 716 THEN 'BusLine'
        ELSE 'TransitLine'
    END AS route_class,
    _source,
    _row
FROM {relation}
