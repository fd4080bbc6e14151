-- What the twin makes of a route. route_type: GTFS Schedule reference, routes.txt, and the extended types.
-- A route is called by its short name, else by its long one; without an agency_id it is the only agency's.
SELECT
    r.* EXCLUDE (_source, _row),
    CASE
        WHEN {kind} = 0 OR {kind} BETWEEN 900 AND 906 THEN 'TramLine'
        WHEN {kind} IN (3, 11, 800) OR {kind} BETWEEN 700 AND 716 THEN 'BusLine'
        ELSE 'TransitLine'
    END AS route_class,
    coalesce({route_short_name}, {route_long_name}) AS route_name,
    CASE
        WHEN {agency_id} IS NULL THEN (SELECT CASE WHEN count(*) = 1 THEN any_value(key) END FROM agencies)
        WHEN {agency_id} IN (SELECT key FROM agencies) THEN {agency_id}
    END AS agency_key,
    _source,
    _row
FROM {relation} r
