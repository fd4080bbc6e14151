-- Which route serves which stop, and the station that the stop is of, placed at the first stop time that says so.
WITH called AS (
    SELECT t.{route} AS route_id, s.{stop} AS stop_id, s._source, s._row
    FROM {times} s JOIN {trips} t ON s.{times_trip} = t.{trips_trip}
    WHERE t.{route} IS NOT NULL AND s.{stop} IS NOT NULL
),
stop AS (SELECT {id} AS stop_id, {parent} AS parent FROM {stops}),
station AS (FROM stop WHERE parent IN (SELECT stop_id FROM stop)),
served AS (
    FROM called
    UNION ALL
    SELECT c.route_id, s.parent, c._source, c._row FROM called c JOIN station s USING (stop_id)
)
SELECT route_id, stop_id, min(_source) AS _source, min(_row) AS _row
FROM served
GROUP BY ALL
ORDER BY _row, stop_id
