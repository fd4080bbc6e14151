// How many nodes are not this twin's.
MATCH (n)
WHERE n._ldt IS NULL AND NOT n:Twin AND NOT n:_Ldt AND NOT n:_LdtLock AND NOT n:_Violations
RETURN count(n) AS foreign
