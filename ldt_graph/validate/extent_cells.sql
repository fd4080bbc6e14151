-- Of two coordinates the one that is farther off, the first where both are; of a source most of whose positions lie elsewhere one line, since one thing is wrong with all of them.
UPDATE violations SET expected = $expected WHERE rule = $rule;
UPDATE violations v SET "column" = r.object_cells[2]
FROM reads r
WHERE v.rule = $rule AND r.dataset = v.dataset AND r.rule = v.branch AND len(r.object_cells) = 2 AND starts_with(v.value, 'POINT(')
  AND greatest($least - point_part(v.value, 2), point_part(v.value, 2) - $most)
      > 2 * greatest(abs((point_part(v.value, 1) - $middle + 540) % 360 - 180) - $half, 0);
CREATE OR REPLACE TEMP TABLE elsewhere AS
    SELECT t.dataset, t.source, t.lines, p.places, t.first
    FROM (SELECT dataset, source, count(*) AS lines, arg_min(rowid, (coalesce(row, 0), rowid)) AS first FROM violations WHERE rule = $rule GROUP BY ALL) t
    JOIN (SELECT dataset, source, count(*) AS places FROM statements WHERE predicate = $path AND origin = 'observed' GROUP BY ALL) p
        ON p.dataset = t.dataset AND p.source IS NOT DISTINCT FROM t.source
    WHERE t.lines >= 10 AND 2 * t.lines > p.places;
UPDATE violations v SET message = v.message || ' So it is with ' || format('{:,}', e.lines - 1) || ' more of the ' || format('{:,}', e.places)
    || ' positions of ' || coalesce(e.source, e.dataset) || ': does twin.toml name its crs, and its x and y?'
FROM elsewhere e WHERE v.rowid = e.first;
DELETE FROM violations v USING elsewhere e
WHERE v.rule = $rule AND v.dataset = e.dataset AND v.source IS NOT DISTINCT FROM e.source AND v.rowid <> e.first;
DROP TABLE elsewhere;
