-- Up Migration

-- Programs of the same major version work with this schema, whoever migrated it: a migration that only adds (most of
-- them) raises minor, one that takes away what an older program needs raises major.
CREATE TABLE dtms_schema (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  major integer NOT NULL,
  minor integer NOT NULL
);

INSERT INTO dtms_schema (major, minor) VALUES (1, 0);
