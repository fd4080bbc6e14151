-- A position whose latitude is none, but would be the longitude, was written the other way round.
UPDATE violations SET fix = regexp_replace(value, '^(\S+) (\S+)$', '\2 \1'), confidence = 0.8
WHERE rule = 'source:crs' AND fix IS NULL AND contains(message, 'when read as EPSG:4326')
  AND regexp_full_match(value, '-?[0-9.]+ -?[0-9.]+')
  AND abs(TRY_CAST(split_part(value, ' ', 1) AS DOUBLE)) <= 90 AND abs(TRY_CAST(split_part(value, ' ', 2) AS DOUBLE)) BETWEEN 90 AND 180;
UPDATE violations SET fix = 'its first position once more, at the end', confidence = 0.95
WHERE rule = 'source:bad-geometry' AND fix IS NULL AND contains(message, 'a ring is not closed');
