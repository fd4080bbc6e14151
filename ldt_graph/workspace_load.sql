INSERT INTO statements FROM /*rows*/ WHERE origin = 'observed' AND dataset <> $ontology AND predicate <> $gap;
