-- Waivers that are over (with their last day), and those that fit nothing; what they speak of, in words.
SELECT w.dataset, w.line, CASE WHEN NOT w.holds THEN w.until END AS until, f.waiver IS NOT NULL AS matched,
       concat_ws(', ', w.shape, 'key ' || w.key, 'column ' || w."column", 'dataset ' || w.dataset) AS says
FROM waiver w LEFT JOIN (SELECT DISTINCT waiver FROM fitting) f ON f.waiver = w.id
WHERE NOT w.holds OR f.waiver IS NULL
ORDER BY w.id
