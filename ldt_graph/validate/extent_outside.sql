-- Positions against a box with its margin; of a line or an area the first that lies outside. A text that names a CRS of its own is left alone.
CREATE OR REPLACE TEMP TABLE outside AS
WITH place AS (
    SELECT subject, object, dataset, starts_with(object, 'POINT(') AND length(object) - length(replace(object, ' ', '')) = 1 AS plain
    FROM statements
    WHERE predicate IN (SELECT unnest($wkt::VARCHAR[])) AND kind = 'literal' AND NOT starts_with(object, '<')
),
position AS (
    SELECT subject, object, dataset, 1 AS nth, TRY_CAST(split_part(object[7:], ' ', 1) AS DOUBLE) AS lon,
           TRY_CAST(rtrim(split_part(object, ' ', 2), ')') AS DOUBLE) AS lat
    FROM place WHERE plain
    UNION ALL
    SELECT subject, object, dataset, generate_subscripts(pairs, 1), TRY_CAST(regexp_extract(unnest(pairs), '^\S+') AS DOUBLE),
           TRY_CAST(regexp_extract(unnest(pairs), '^\S+\s+(\S+)', 1) AS DOUBLE)
    FROM (
        SELECT *, regexp_extract_all(object, '([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?\s+[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)(?:\s+[-+0-9.eE]+)*\s*[,)]', 1) AS pairs
        FROM place WHERE NOT plain
    )
),
wrong AS (
    SELECT *, abs((lon - $middle + 540) % 360 - 180) AS turned FROM position
    WHERE NOT (abs((lon - $middle + 540) % 360 - 180) <= $half AND lat BETWEEN $least AND $most)
)
SELECT subject, object, min(dataset) AS dataset, arg_min(lon, nth) AS lon, arg_min(lat, nth) AS lat,
       2 * $radius * asin(sqrt(least(1, arg_min(
           pow(sin(radians(lat - greatest($south, least($north, lat))) / 2), 2) + cos(radians(lat))
           * cos(radians(greatest($south, least($north, lat)))) * pow(sin(radians(greatest(turned - $width, 0)) / 2), 2), nth)))) AS km
FROM wrong GROUP BY subject, object;
