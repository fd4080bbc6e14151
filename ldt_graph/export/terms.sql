-- RDF terms as N-Triples writes them (RDF 1.1 N-Triples, section 2; canonical form: only these escapes).
CREATE OR REPLACE TEMP MACRO escaped(v) AS
    replace(replace(replace(replace(v, '\', '\\'), '"', '\"'), chr(10), '\n'), chr(13), '\r');
CREATE OR REPLACE TEMP MACRO resource(v) AS CASE WHEN starts_with(v, '_:') THEN v ELSE '<' || v || '>' END;
CREATE OR REPLACE TEMP MACRO literal(v, datatype, lang) AS
    '"' || escaped(v) || '"' || CASE WHEN lang IS NOT NULL THEN '@' || lang
                                     WHEN datatype IS NOT NULL THEN '^^<' || datatype || '>' ELSE '' END;
