-- What is lifted anew leaves: all of the dataset, or its touched keys, and the rules that join rows of other keys.
INSERT INTO removed
    SELECT * FROM statements
    WHERE dataset = $dataset AND ($whole OR len($joining::VARCHAR[]) > 0 OR key IN (SELECT key FROM touched))
        AND key NOT IN (SELECT key FROM lifted WHERE dataset = $dataset AND key IS NOT NULL)
        AND NOT EXISTS (FROM lifted WHERE dataset = $dataset AND key IS NULL);
INSERT INTO lifted
    SELECT $dataset, key FROM touched WHERE NOT ($whole OR len($joining::VARCHAR[]) > 0)
    UNION ALL SELECT $dataset, NULL WHERE $whole OR len($joining::VARCHAR[]) > 0;
DELETE FROM statements
WHERE dataset = $dataset AND ($whole OR key IN (SELECT key FROM touched) OR rule IN (SELECT unnest($joining::VARCHAR[])));
DELETE FROM links
WHERE dataset = $dataset AND ($whole OR key IN (SELECT key FROM touched) OR rule IN (SELECT unnest($joining::VARCHAR[])));
DELETE FROM set_aside WHERE $whole AND dataset = $dataset AND stage = 'lift';
DELETE FROM violations WHERE dataset = $dataset AND stage = 'lift';
DELETE FROM rules WHERE dataset = $dataset;
