-- Every link is to be looked at.
CREATE OR REPLACE TEMP TABLE relinked AS SELECT DISTINCT dataset, key FROM links;
