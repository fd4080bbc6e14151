-- What differs between two versions, places apart: a statement that only moved went and came as often.
-- Reads difference(sign, ...).
CREATE OR REPLACE TEMP TABLE differs AS
SELECT dataset, subject, predicate, object, kind, datatype, lang, origin, key, rule, level
FROM difference
GROUP BY ALL HAVING sum(CASE sign WHEN '+' THEN 1 ELSE -1 END) <> 0
