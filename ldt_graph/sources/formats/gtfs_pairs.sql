-- Which route serves which stop, placed at the first stop time that says so.
SELECT t.{route} AS route_id, s.{stop} AS stop_id, min(s._source) AS _source, min(s._row) AS _row
FROM {times} s JOIN {trips} t ON s.{times_trip} = t.{trips_trip}
WHERE t.{route} IS NOT NULL AND s.{stop} IS NOT NULL
GROUP BY ALL
ORDER BY _row
