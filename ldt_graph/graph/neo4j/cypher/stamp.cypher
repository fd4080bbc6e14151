// What the server says of itself: the twin's stamp, and the publisher's marks.
OPTIONAL MATCH (t:Twin)
OPTIONAL MATCH (s:_Ldt)
RETURN properties(t) AS twin, s.format AS format, s.unfinished IS NOT NULL AS unfinished LIMIT 1
