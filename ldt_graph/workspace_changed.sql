-- The keys of which a version says something else than the one before. A place makes no difference.
CREATE OR REPLACE TEMP TABLE changed_key AS
WITH now AS (
    SELECT dataset, key, sum(hash(subject, predicate, object, kind, datatype, lang, origin, rule, level)) AS said
    FROM statements GROUP BY ALL
),
before AS (
    SELECT dataset, key, sum(hash(subject, predicate, object, kind, datatype, lang, origin, rule, level)) AS said
    FROM /*rows*/ GROUP BY ALL
),
other AS (
    SELECT coalesce(n.dataset, b.dataset) AS dataset, coalesce(n.key, b.key) AS key
    FROM now n FULL JOIN before b ON n.dataset = b.dataset AND n.key IS NOT DISTINCT FROM b.key
    WHERE n.said IS DISTINCT FROM b.said
)
SELECT dataset, key FROM other ANTI JOIN moved_dataset USING (dataset)
UNION ALL
SELECT dataset, NULL FROM moved_dataset;
