-- Of each branch of which a value breaks a shape: how many others there are, and between which values nine tenths of them lie.
SELECT s.rule, count(*), quantile_cont(n, 0.05), quantile_cont(n, 0.95)
FROM (SELECT rule, TRY_CAST(object AS DOUBLE) AS n FROM statements WHERE kind = 'literal') s
SEMI JOIN (SELECT branch FROM violations WHERE stage = 'validate' AND fix IS NULL AND value IS NOT NULL) v ON v.branch = s.rule
WHERE n IS NOT NULL AND isfinite(n) GROUP BY s.rule
