-- Nothing was held of the dataset: every row is new, and none moved.
CREATE OR REPLACE TEMP TABLE touched (key VARCHAR);
CREATE OR REPLACE TEMP TABLE moved (key VARCHAR, source VARCHAR, row BIGINT, new_source VARCHAR, new_row BIGINT);
DROP TABLE held_row;
