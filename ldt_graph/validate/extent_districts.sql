-- The box of each district, longitudes told from the middle one on, so that a city over the 180th meridian is in one piece.
WITH area AS (
    SELECT DISTINCT s.subject, s.object FROM statements s
    SEMI JOIN (SELECT subject FROM statements WHERE predicate = $type AND object IN (SELECT unnest($classes::VARCHAR[]))) d ON d.subject = s.subject
    WHERE s.predicate IN (SELECT unnest($wkt::VARCHAR[])) AND NOT starts_with(s.object, '<')
),
number AS (
    SELECT subject, unnest(regexp_extract_all(object, '([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s+([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)(?:\s+[-+0-9.eE]+)*\s*[,)]', 1)) AS x,
           unnest(regexp_extract_all(object, '([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s+([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)(?:\s+[-+0-9.eE]+)*\s*[,)]', 2)) AS y
    FROM area
),
position AS (
    SELECT subject, TRY_CAST(x AS DOUBLE) AS lon, TRY_CAST(y AS DOUBLE) AS lat FROM number
    WHERE abs(TRY_CAST(x AS DOUBLE)) <= 180 AND abs(TRY_CAST(y AS DOUBLE)) <= 90
),
turned AS (
    SELECT subject, m + (lon - m + 540) % 360 - 180 AS lon, lat
    FROM position, (SELECT quantile_disc(lon, 0.5) AS m FROM position)
)
SELECT min(lon), min(lat), max(lon), max(lat) FROM turned GROUP BY subject ORDER BY ALL;
