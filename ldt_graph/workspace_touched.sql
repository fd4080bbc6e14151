-- What a version says that the one before did not, and what it no longer says. A place makes no difference, a dataset does.
CREATE OR REPLACE TEMP TABLE other_statement AS
WITH before AS (SELECT dataset, subject, predicate, object, kind, datatype, lang FROM removed),
now AS (SELECT dataset, subject, predicate, object, kind, datatype, lang FROM added)
(FROM before EXCEPT FROM now) UNION ALL (FROM now EXCEPT FROM before);
