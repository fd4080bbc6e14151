-- What a name that names nothing was meant to name: the one whose name is the same but for case, marks and zeros, else the
-- one that is an edit away. Of two as near there is none.
CREATE OR REPLACE MACRO plain_name(x) AS
    regexp_replace(regexp_replace(lower(x), '[\s_./:-]', '', 'g'), '(^|[^0-9])0+([0-9])', '\1\2', 'g');
CREATE OR REPLACE TEMP TABLE lost_name AS
    SELECT v.rowid AS id, v.value AS said,
           CASE WHEN l.target IS NULL THEN regexp_extract(v.value, '[^/]*$') ELSE trim(v.value) END AS name,
           CASE WHEN l.target IS NULL THEN split_part(substr(v.value, length($base) + 1), '/', 1)
                ELSE split_part(l.target, '#', 1) END AS place,
           coalesce(split_part(l.target, '#', 2), '') AS part,
           l.target IS NULL AS of_iri
    FROM violations v
    LEFT JOIN (
        SELECT DISTINCT dataset, source, row, object AS name, object_target AS target FROM links WHERE object_target IS NOT NULL
        UNION SELECT DISTINCT dataset, source, row, subject, subject_target FROM links WHERE subject_target IS NOT NULL
    ) l ON l.dataset = v.dataset AND l.source = v.source AND l.row = v.row AND l.name = v.value
    WHERE v.rule = 'reference:dangling' AND v.fix IS NULL AND v.value IS NOT NULL AND (l.target IS NOT NULL OR starts_with(v.value, $base));
CREATE OR REPLACE TEMP TABLE known_name AS
    SELECT DISTINCT s.dataset AS place, s.object AS name, s.subject AS iri FROM statements s
    WHERE s.predicate = $identifier AND EXISTS (FROM lost_name);
CREATE OR REPLACE TEMP TABLE known_part AS
    SELECT DISTINCT p.part, s.subject AS iri FROM (SELECT DISTINCT part FROM lost_name WHERE part <> '') p
    JOIN statements s ON s.predicate = $type AND (contains(s.rule, '/rule/' || p.part || '/') OR regexp_extract(s.object, '[^#/]*$') = p.part);
-- Names are compared one by one with those of their length only, and of a city's worth of lost names with the first thousand.
CREATE OR REPLACE TEMP TABLE likely_name AS
    WITH wanted AS (SELECT DISTINCT name, place, part FROM lost_name ORDER BY ALL LIMIT 1000),
    possible AS (
        SELECT w.name, w.place, w.part, k.name AS known, k.iri
        FROM wanted w JOIN known_name k ON w.place IN ('*', k.place) AND abs(length(k.name) - length(w.name)) <= 4
        WHERE w.part = '' OR EXISTS (FROM known_part p WHERE p.part = w.part AND p.iri = k.iri)
    ),
    measured AS (
        SELECT *, CASE WHEN lower(known) = lower(name) THEN 0.0 WHEN plain_name(known) = plain_name(name) THEN 0.5
                       ELSE damerau_levenshtein(lower(known), lower(name)) END AS far
        FROM possible
    ),
    best AS (SELECT name, place, part, min(far) AS far FROM measured GROUP BY ALL)
    SELECT m.name, m.place, m.part, b.far, count(DISTINCT m.iri) AS many, min(m.known) AS known, min(m.iri) AS iri
    FROM measured m JOIN best b ON b.name = m.name AND b.place = m.place AND b.part = m.part AND b.far = m.far
    WHERE b.far <= 2 GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE fixed AS
    SELECT id, CASE WHEN of_iri THEN iri ELSE known END AS fix,
           CASE WHEN far = 0 THEN 0.97 WHEN far = 0.5 THEN 0.92
                -- Another number is another thing as often as it is a slip.
                WHEN regexp_replace(known, '[0-9]', '', 'g') = regexp_replace(lost_name.name, '[0-9]', '', 'g') THEN 0.4
                WHEN far = 1 THEN 0.85 WHEN length(known) >= 6 THEN 0.6 END AS confidence
    FROM lost_name JOIN likely_name USING (name, place, part)
    WHERE many = 1 AND confidence IS NOT NULL;
UPDATE violations SET fix = f.fix, confidence = f.confidence FROM fixed f WHERE violations.rowid = f.id;
DROP TABLE fixed; DROP TABLE likely_name; DROP TABLE known_part; DROP TABLE known_name; DROP TABLE lost_name;
