MERGE (:_LdtLock)
MERGE (s:_Ldt) ON CREATE SET s.sequence = 0
SET s.format = $format
